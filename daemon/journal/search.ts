import { basename } from "node:path";
import { sql } from "kysely";
import type { Page } from "../protocol/api.ts";
import type { Document } from "../protocol/document.ts";
import type { SearchItem, SearchType } from "../protocol/search.ts";
import { fromCursor, toPage } from "./cursor.ts";
import type { Journal } from "./open.ts";
import { isUnspaced, snippetOf, wordsOf } from "./snippet.ts";

// The two low bits of a row id are an index into TYPES; documents start at DOCUMENTS: see migrations/0003-search.ts.
const TYPES: readonly SearchType[] = ["project", "task", "note", "file"];
const DOCUMENTS = 2 ** 52;
// Not a parameter: that would be a REAL, to which the index cannot seek.
const FIRST_DOCUMENT = sql.lit(DOCUMENTS);
// The most hits to rank: 100,000 hits of a common word take 100 ms, and its newest hits are as good as any.
const RANKED = { entities: 1_000, documents: 500 };
// A word in the title counts as much as this many in the text.
const TITLE_WEIGHT = 5;
// Shorter words are not searched as prefixes: too many words begin with them.
const PREFIX_CHARS = 3;
// The most words of a query that are used: more of them find the same and take longer.
const WORDS = 16;
// The most indexed words that contain a searched word of a script without spaces.
const UNSPACED_TERMS = 200;
// No script without spaces comes before Thai.
const FIRST_UNSPACED = "\u0e00";

interface Hit {
  rowid: number;
  /** Lower is better. */
  score: number;
}

/** Projects, tasks, notes and files in which all words of `q` occur, best first. Every `q` is valid. */
export function search(
  journal: Journal,
  query: { q: string; type?: SearchType; limit: number; cursor?: string | undefined },
): Page<SearchItem> {
  const words = wordsOf(query.q).slice(0, WORDS);
  const from = query.cursor === undefined ? 0 : fromCursor(query.cursor);
  const match = toMatch(journal, words);
  if (match === undefined) return { items: [], next_cursor: null };
  const hits = [
    ...(query.type === "file" ? [] : rankEntities(journal, match, query.type)),
    ...(query.type === undefined || query.type === "file" ? rankDocuments(journal, match) : []),
  ].toSorted((one, other) => one.score - other.score || other.rowid - one.rowid);
  const shown = hits.slice(from, from + query.limit + 1);
  return toPage(
    shown,
    query.limit,
    (hit) => from + shown.indexOf(hit) + 1,
    (hit) => toItem(journal, hit, words),
  );
}

/** The words as a query of the index; undefined if there are no words. */
function toMatch(journal: Journal, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const parts = words.map((word) => {
    if (isUnspaced(word)) return [word, ...listTermsWith(journal, word)].map(quote).join(" OR ");
    return quote(word) + (word.length >= PREFIX_CHARS ? "*" : "");
  });
  return parts.map((part) => `(${part})`).join(" AND ");
}

function quote(word: string): string {
  return `"${word}"`;
}

function listTermsWith(journal: Journal, word: string): string[] {
  return journal
    .all(
      sql<{ term: string }>`SELECT term FROM search_terms
        WHERE term >= ${FIRST_UNSPACED} AND instr(term, ${word.toLowerCase()}) > 0
        LIMIT ${UNSPACED_TERMS}`,
    )
    .map(({ term }) => term);
}

function rankEntities(journal: Journal, match: string, type: SearchType | undefined): Hit[] {
  const ofType = type === undefined ? sql`1` : sql`rowid & 3 = ${TYPES.indexOf(type)}`;
  return journal.all(
    sql<Hit>`SELECT rowid, bm25(search_index, ${TITLE_WEIGHT}, 1) AS score FROM search_index
      WHERE search_index MATCH ${match} AND rowid < ${FIRST_DOCUMENT} AND ${ofType}
      ORDER BY rowid DESC LIMIT ${RANKED.entities}`,
  );
}

/** Only documents that some file has now; for each content, the one that was extracted last. */
function rankDocuments(journal: Journal, match: string): Hit[] {
  return journal.all(
    sql<Hit>`SELECT rowid, bm25(search_index, ${TITLE_WEIGHT}, 1) AS score FROM search_index
      WHERE search_index MATCH ${match} AND rowid >= ${FIRST_DOCUMENT} AND EXISTS (
        SELECT 1 FROM search_documents AS found
        WHERE found.number = (search_index.rowid - ${FIRST_DOCUMENT}) >> 2
          AND EXISTS (SELECT 1 FROM files WHERE files.hash = found.hash AND files.state <> 'gone')
          AND NOT EXISTS (SELECT 1 FROM search_documents AS later
            WHERE later.hash = found.hash AND later.number > found.number)
      )
      ORDER BY rowid DESC LIMIT ${RANKED.documents}`,
  );
}

function toItem(journal: Journal, { rowid }: Hit, words: readonly string[]): SearchItem {
  const type = TYPES[rowid & 3] ?? "file";
  const { text, ...found } =
    type === "file" ? readFile(journal, rowid) : readEntity(journal, type, rowid);
  return { type, ...found, snippet: snippetOf(text, words) };
}

type Found = Omit<SearchItem, "type" | "snippet"> & { text: string };

function readEntity(journal: Journal, type: SearchType, rowid: number): Found {
  const [table, title, text] = {
    project: ["projects", "name", "description"],
    task: ["tasks", "title", "description"],
    note: ["notes", "title", "body"],
    file: [],
  }[type];
  const row = journal.get(
    sql<{ id: string; title: string; text: string; status: string }>`
      SELECT id, ${sql.ref(title ?? "")} AS title, ${sql.ref(text ?? "")} AS text, status
      FROM ${sql.table(table ?? "")} WHERE seq = ${Math.floor(rowid / 4)}`,
  );
  return { id: "", title: "", text: "", status: null, ...row, path: null };
}

/** The first file, by path, that has the content of a document. */
function readFile(journal: Journal, rowid: number): Found {
  const row = journal.get(
    sql<{ file_id: string; path: string; document: string }>`
      SELECT files.file_id, files.path, documents.document
      FROM search_documents AS found
      JOIN documents ON documents.hash = found.hash AND documents.extractor = found.extractor
      JOIN files ON files.hash = found.hash AND files.state <> 'gone'
      WHERE found.number = ${Math.floor((rowid - DOCUMENTS) / 4)}
      ORDER BY files.path LIMIT 1`,
  );
  const text = row === undefined ? "" : (JSON.parse(row.document) as Document).text;
  const path = row?.path ?? "";
  return { id: row?.file_id ?? "", title: basename(path), text, status: null, path };
}
