import type { Document } from "../protocol/document.ts";
import { type Block, blockOf } from "./block.ts";
import { cut } from "./excerpt.ts";
import { type Envelope, readEnvelope } from "./mail.ts";
import { isOrg, readOrg } from "./org.ts";
import { readProse } from "./prose.ts";
import { readColumns } from "./row-task.ts";
import { type Row, readRows } from "./table-row.ts";
import { isTodoTxt, readTodoTxt } from "./todo-txt.ts";

/*
 * The outline of a document: headings, list items, paragraphs, the utterances of a chat or call, and the rows
 * of tables, with their lines. One pass without recursion, so that the cost stays linear for any document; a
 * CommonMark parser takes seconds for a few thousand nested items. Code, quoted replies, signatures, HTML blocks
 * and comments give no blocks, since they are not the document's own words.
 */

/** The blocks of a document, in their order. */
export interface Outline {
  /** The unchanged lines of the document's text. */
  source: readonly string[];
  blocks: readonly Block[];
  /** The line after front matter and header. */
  bodyStart: number;
  envelope: Envelope;
}

const DATA_TYPES = new Set([
  "application/json",
  "application/xml",
  "application/yaml",
  "text/csv",
  "text/tab-separated-values",
  "text/vcard",
]);
// Programs and settings are plain text too, but "tasks:" and "- " mean something else in them.
const PROSE_NAME =
  /^[^.]+$|\.(?:adoc|asciidoc|list|log|mail|memo|minutes|notes?|org|rst|te?xt|textile|todo|wiki)$/iu;
const MAX_QUOTE = 500;

/** Reads the outline of a document; data has at most rows, and programs have no blocks. */
export function readOutline(document: Document, fileName: string): Outline {
  const source = document.text.split("\n");
  const envelope = readEnvelope(document, source, findBodyStart(source));
  const outline = { source, bodyStart: envelope.start, envelope };
  if (!isProse(document.content_type, fileName)) {
    return { ...outline, blocks: toBlocks(readRows(document)) };
  }
  if (isTodoTxt(fileName, source)) return { ...outline, blocks: readTodoTxt(source) };
  if (isOrg(fileName)) return { ...outline, blocks: readOrg(source) };
  return { ...outline, blocks: readProse(document, source, envelope) };
}

const SPEAKER = /^(?:sender(?: name)?|author|user(?: name)?|from|name|speaker)$/iu;
const SAID = /^(?:text|content|message|body)$/iu;

/** Rows as blocks; the messages of a chat as what was said. */
function toBlocks(rows: readonly Row[]): Block[] {
  let chat: { speaker: number; said: number } | undefined;
  return rows.map(({ isHeader, cells, first }) => {
    if (isHeader) {
      const [speaker, said] = [SPEAKER, SAID].map((kind) =>
        cells.findIndex((name) => kind.test(name)),
      );
      const isNamed = speaker !== undefined && said !== undefined && speaker >= 0 && said >= 0;
      // A table of tasks or issues has authors and texts, too.
      chat = isNamed && readColumns(cells) === undefined ? { speaker, said } : undefined;
    } else if (chat !== undefined) {
      const text = cells[chat.said] ?? "";
      return {
        ...blockOf("said", 0, first, text.split("\n")),
        speaker: cells[chat.speaker] || null,
      };
    }
    return blockOf("row", isHeader ? 0 : 1, first, cells);
  });
}

/** Some unchanged lines of the document, for a quote; only the beginning of long ones. */
export function quoteOf(outline: Outline, first: number, lines: number): string {
  const passage = outline.source.slice(first, first + lines).join("\n");
  return cut(passage.trim(), MAX_QUOTE).trim();
}

function isProse(contentType: string, fileName: string): boolean {
  if (contentType === "text/plain") return PROSE_NAME.test(fileName);
  return !DATA_TYPES.has(contentType);
}

/** The line after unreadable front matter, which is still in the text; 0 if the text has nothing else. */
function findBodyStart(source: readonly string[]): number {
  if (source[0]?.trimEnd() !== "---") return 0;
  const end = source.slice(1, 200).findIndex((line) => /^(?:---|\.\.\.)[ \t]*$/u.test(line));
  const inner = source.slice(1, end + 1);
  const isYaml = end > 0 && inner.every((line) => /^(?:[\w-]+:|[ \t#-]|$)/u.test(line));
  const hasBody = source.slice(end + 2).some((line) => line.trim() !== "");
  return isYaml && hasBody ? end + 2 : 0;
}
