// Recognises a file that the product wrote, wherever it lies and whatever its name is: read as a document, it would make
// notes of notes. It is known by its beginning, never by a word in its text, so that a document may quote all of this.
import { CALENDAR_MARK, EXPORT_MARK, exportMark } from "../core/export-mark.ts";
import { decodeHead } from "./decode.ts";

// Front matter with the longest title and twenty tags is shorter.
const HEAD_BYTES = 65_536;

/** Whether an export wrote the file. A backup is a database, which is not read anyway. */
export function isOwnFile(bytes: Uint8Array): boolean {
  const head = decodeHead(bytes.subarray(0, HEAD_BYTES))
    .replace(/^\ufeff|^\u00ef\u00bb\u00bf/u, "")
    .replaceAll("\r\n", "\n");
  return (
    isOfVault(head) || isTable(head) || isCalendar(head) || MANIFEST.test(head) || isOlder(head)
  );
}

function isOfVault(head: string): boolean {
  if (!head.startsWith("---\n")) return false;
  const end = head.indexOf("\n---\n", 3);
  if (end < 0) return false;
  const fields = new Map<string, string>();
  for (const line of head.slice(4, end).split("\n")) {
    const colon = line.indexOf(":");
    const key = line.slice(0, Math.max(0, colon));
    if (!fields.has(key)) fields.set(key, unquote(line.slice(colon + 1).trim()));
  }
  const id = fields.get("id") ?? fields.get("project_id") ?? "";
  const mark = exportMark(fields.get("type") ?? "", id === "null" ? "" : id);
  return fields.get(EXPORT_MARK) === mark;
}

/** An editor may have written the value with other quotes, or with none. */
function unquote(value: string): string {
  const start = /^["']/u.test(value) ? 1 : 0;
  return value.slice(start, /["']$/u.test(value) ? -1 : undefined);
}

const ORIGIN = "sources,created_at,updated_at";
const HEADERS = new Set([
  `id,title,status,priority,due_date,project,tags,description,${ORIGIN}`,
  `id,title,status,project,tags,body,${ORIGIN}`,
  `id,name,status,description,${ORIGIN}`,
]);

/** A table keeps its header when a spreadsheet saves it again, perhaps without quotes or with another separator. */
function isTable(head: string): boolean {
  const [header = "", row = ""] = head.split("\n", 2);
  const columns = header.replaceAll('"', "").replaceAll(/[;\t]/gu, ",");
  return (
    HEADERS.has(columns) && (row === "" || /^"?(?:task|note|project)_[0-9a-z]+"?[,;\t]/u.test(row))
  );
}

function isCalendar(head: string): boolean {
  const [properties = ""] = head.split("\nBEGIN:", 1);
  return (
    head.startsWith("BEGIN:VCALENDAR\n") &&
    `${properties}\n`.includes(`\nPRODID:${CALENDAR_MARK}\n`)
  );
}

const MANIFEST = /^\{\s*"version": 1,\s*"files": \{\s*(?:\}|"(?:md|csv|ics)": \{)/u;

// What vaults began with before they had a mark. No other program writes these keys in this order with these quotes.
const QUOTED = String.raw`"(?:[^"\\\n]|\\.)*"`;
const INSTANTS = String.raw`created_at: "[-\d:T.]+Z"\nupdated_at: "[-\d:T.]+Z"`;
const STATUS = `title: ${QUOTED}\nstatus: "(?:active|archived)"`;
const OLDER = [
  `id: "note_[0-9a-z]+"\ntype: "note"\n${STATUS}\nproject: (?:null|${QUOTED})\ntags: \\[[^\n]*\\]\n${INSTANTS}\n---\n`,
  `id: "project_[0-9a-z]+"\ntype: "project"\n${STATUS}\n${INSTANTS}\n---\n`,
  `type: "tasks"\nproject_id: (?:null|"project_[0-9a-z]+")\nproject: (?:null|${QUOTED})\n---\n\n# Tasks: `,
  `type: "index"\n---\n\n# Agent Runner\n`,
].map((rest) => new RegExp(`^---\n${rest}`, "u"));

function isOlder(head: string): boolean {
  return head.startsWith("---\n") && OLDER.some((beginning) => beginning.test(head));
}
