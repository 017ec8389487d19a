import { type Kysely, sql } from "kysely";

/**
 * One full-text index over projects, tasks, notes and the clean text of files.
 *
 * Why so: triggers keep it, so that no code that writes an entity or removes a document can forget it. It holds
 * no text (`content=''`), only words and their positions; snippets are read from the tables. `secure-delete`,
 * because a removed text must leave the index at once, not at some later merge. Only the first 400,000
 * characters of a text are indexed, so that the longest text takes 60 ms instead of half a second. There is no
 * index of prefixes: it would double the size, and three letters are found fast enough without it.
 *
 * Cost: 0.7 bytes for each byte of text; 0.4 ms for each new document of 2 kB, and 8 ms for each document that
 * is removed from a large index; about a minute, once, for a journal of 100,000 documents. No memory besides
 * the 1 MiB that SQLite collects in a transaction.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

/** What a row of the index is: an entity's `seq`, or a document's number above them all. */
const rowid = (type: number, number: string): string => `${number} * 4 + ${type}`;
const DOCUMENT_ROWID = `${rowid(3, "number")} + (1 << 52)`;

function entityStatements(type: number, table: string, title: string, body: string): string[] {
  const fields = [title, ...body.split(" || ' ' || "), "deleted_at"];
  const of = (row: string): string =>
    `${rowid(type, `${row}.seq`)}, ${row}.${title}, ${body.replaceAll(/\b[a-z]+\b/g, (name) => `${row}.${name}`)}`;
  const add = `INSERT INTO search_index (rowid, title, body) SELECT ${of("NEW")} WHERE NEW.deleted_at IS NULL`;
  const remove = `INSERT INTO search_index (search_index, rowid, title, body)
      SELECT 'delete', ${of("OLD")} WHERE OLD.deleted_at IS NULL`;
  const values = (row: string): string => fields.map((name) => `${row}.${name}`).join(", ");
  return [
    `INSERT INTO search_index (rowid, title, body)
      SELECT ${rowid(type, "seq")}, ${title}, ${body} FROM ${table} WHERE deleted_at IS NULL`,
    `CREATE TRIGGER search_${table}_added AFTER INSERT ON ${table} BEGIN
      ${add};
    END`,
    `CREATE TRIGGER search_${table}_changed AFTER UPDATE OF ${fields.join(", ")} ON ${table}
    WHEN (${values("OLD")}) IS NOT (${values("NEW")}) BEGIN
      ${remove};
      ${add};
    END`,
    `CREATE TRIGGER search_${table}_removed AFTER DELETE ON ${table} BEGIN
      ${remove};
    END`,
  ];
}

const documentText = (row: string): string =>
  `${row}.document ->> '$.title', substr(${row}.document ->> '$.text', 1, 400000)`;
const numberOf = (row: string): string =>
  `FROM search_documents WHERE hash = ${row}.hash AND extractor = ${row}.extractor`;
const REMOVE_DOCUMENT = `INSERT INTO search_index (search_index, rowid, title, body)
      SELECT 'delete', ${DOCUMENT_ROWID}, ${documentText("OLD")} ${numberOf("OLD")}`;
const ADD_DOCUMENT = `INSERT INTO search_index (rowid, title, body)
      SELECT ${DOCUMENT_ROWID}, ${documentText("NEW")} ${numberOf("NEW")}`;

const STATEMENTS = [
  // rowid: for entities seq * 4 + 0 (projects), 1 (tasks), 2 (notes); for documents number * 4 + 3 + 2^52.
  `CREATE VIRTUAL TABLE search_index USING fts5 (
    title, body, content='', tokenize='unicode61 remove_diacritics 2'
  )`,
  `INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1)`,
  // The words of the index: scripts without spaces are searched among them.
  `CREATE VIRTUAL TABLE search_terms USING fts5vocab (search_index, 'row')`,
  // The number of each document in the index.
  `CREATE TABLE search_documents (
    number INTEGER PRIMARY KEY,
    hash TEXT NOT NULL,
    extractor TEXT NOT NULL,
    UNIQUE (hash, extractor)
  ) STRICT`,
  // Which files have the content of a document.
  `CREATE INDEX files_by_hash ON files (hash) WHERE state <> 'gone'`,
  ...entityStatements(0, "projects", "name", "description"),
  ...entityStatements(1, "tasks", "title", "description || ' ' || tags"),
  ...entityStatements(2, "notes", "title", "body || ' ' || tags"),
  `INSERT INTO search_documents (hash, extractor) SELECT hash, extractor FROM documents ORDER BY created_at`,
  `INSERT INTO search_index (rowid, title, body)
    SELECT ${DOCUMENT_ROWID}, ${documentText("documents")}
    FROM search_documents JOIN documents USING (hash, extractor)`,
  `CREATE TRIGGER search_documents_added AFTER INSERT ON documents BEGIN
      INSERT INTO search_documents (hash, extractor) VALUES (NEW.hash, NEW.extractor);
      ${ADD_DOCUMENT};
    END`,
  `CREATE TRIGGER search_documents_changed AFTER UPDATE OF document ON documents
    WHEN OLD.document <> NEW.document BEGIN
      ${REMOVE_DOCUMENT};
      ${ADD_DOCUMENT};
    END`,
  `CREATE TRIGGER search_documents_removed AFTER DELETE ON documents BEGIN
      ${REMOVE_DOCUMENT};
      DELETE FROM search_documents WHERE hash = OLD.hash AND extractor = OLD.extractor;
    END`,
];
