import { readDate } from "./date.ts";
import { plainText } from "./markup.ts";
import type { TaskLine } from "./task.ts";

/** The index of each kind of column in a table; -1: the table has no such column. */
export interface Columns {
  title: number;
  due: number;
  status: number;
  owner: number;
  priority: number;
  details: number;
  labels: number;
  /** The column with the type of each row. */
  type: number;
  /** The title may name anything: a row is a task only if its type, status or due date shows that. */
  isVague: boolean;
}

const TASK =
  /^(?:actions?(?: items?| points?)?|tasks?(?: names?| title)?|to ?-?dos?|what(?: to do)?|work packages?|steps?|next steps?|activit(?:y|ies)|deliverables?|follow-?ups?)$/u;
const TITLE =
  /^(?:titles?|summary|names?|subjects?|items?|issues?|content|description|card name)$/u;
const DUE = /^(?:due(?: ?(?:date|on|by|at))?|deadline|target(?: date)?|by when|when|until|by)$/u;
const STATUS =
  /^(?:status|state|progress|done|(?:is )?completed?|due complete|resolved|closed|checked|finished)$/u;
const FLAG = /^(?:done|(?:is )?completed?|due complete|resolved|closed|checked|finished)$/u;
const OWNER = /^(?:owners?|assignees?|assigned(?: to)?|who|responsible|lead)$/u;
const PRIORITY = /^(?:priority|prio|severity|urgency)$/u;
const DETAILS = /^(?:desc|description|details|notes?|comments?)$/u;
const TYPE = /^(?:type|kind)$/u;
const DATE = /^date$/u;
const LABELS = /^(?:labels?|tags?)$/u;

const DONE =
  /^(?:done|closed|completed?|resolved|finished|fixed|shipped|merged|yes|y|true|x|✓|✔|✅|100 ?%)$/u;
const CANCELLED =
  /^(?:cancell?ed|won['’]?t (?:do|fix)|wontfix|dropped|rejected|obsolete|abandoned|duplicate|invalid)$/u;
const OPEN =
  /^(?:open|new|to ?do|not started|in progress|doing|started|wip|backlog|pending|in review|blocked|planned|on hold|waiting)$/u;
const HIGH = /^(?:highest|high|urgent|critical|important|blocker|major|p[01]|1)$/u;
const LOW = /^(?:lowest|low|minor|trivial|p[45])$/u;
const ANY_DAY = "2000-01-01";

/** Reads the columns from the header; undefined for a table that does not list tasks. */
export function readColumns(header: readonly string[]): Columns | undefined {
  const names = header.map((cell) =>
    plainText(cell).toLowerCase().replaceAll(/[*:#]/gu, "").trim(),
  );
  const find = (...kinds: RegExp[]): number =>
    kinds.map((kind) => names.findIndex((name) => kind.test(name))).find((at) => at !== -1) ?? -1;
  const task = find(TASK);
  const [due, status] = [find(DUE), find(STATUS)];
  const [owner, priority] = [find(OWNER), find(PRIORITY)];
  const title = task === -1 ? find(TITLE) : task;
  const says = [due, status, owner, priority].filter((at) => at !== -1 && at !== title).length;
  const type = find(TYPE);
  if (title === -1 || says === 0) return undefined;
  const isVague = task === -1;
  if (isVague && type === -1 && due === -1 && (status === -1 || says < 2)) return undefined;
  const details = find(DETAILS);
  return {
    title,
    due: due === -1 && type !== -1 ? find(DATE) : due,
    status,
    owner,
    priority,
    details: details === title ? -1 : details,
    labels: find(LABELS),
    type,
    isVague,
  };
}

/** Reads the task of a row; undefined if the row has none. */
export function readRowTask(
  header: readonly string[],
  columns: Columns,
  cells: readonly string[],
): TaskLine | undefined {
  const cell = (at: number): string => plainText(cells[at] ?? "");
  const title = cell(columns.title);
  if (!/\p{L}/u.test(title)) return undefined;
  const state = cell(columns.status).toLowerCase();
  const isFlag = FLAG.test((header[columns.status] ?? "").toLowerCase());
  const isKnown = [DONE, CANCELLED, OPEN].some((states) => states.test(state));
  const due = cell(columns.due);
  // Only whether it is a day: which day depends on the date of the document.
  const dueLength = readDate(due, ANY_DAY)?.length ?? 0;
  const type = cell(columns.type);
  const isOfType = /^(?:task|to-?do|action)(?: item)?$/iu.test(type);
  if (type !== "" && !isOfType && columns.isVague && !isKnown) return undefined;
  if (columns.isVague && !isOfType && !isFlag && !isKnown && dueLength === 0) return undefined;
  const isStruck = /^~~.+~~$/u.test((cells[columns.title] ?? "").trim());
  const status = DONE.test(state)
    ? "done"
    : isStruck || CANCELLED.test(state)
      ? "cancelled"
      : "open";
  const grades = [cell(columns.priority), ...cell(columns.labels).split(",")].map((grade) =>
    grade
      .trim()
      .toLowerCase()
      .replace(/^prio(?:rity)?\s*[:/-]\s*/u, ""),
  );
  const mark = grades.some((grade) => HIGH.test(grade))
    ? " (high)"
    : grades.some((grade) => LOW.test(grade))
      ? " (low)"
      : "";
  const owner = cell(columns.owner);
  const details = cell(columns.details);
  return {
    // In the form of a line of text, so that there is one way to read it.
    text: title + (dueLength === 0 ? "" : ` (due ${due.slice(0, dueLength)})`) + mark,
    status,
    owner: owner === "" || /^(?:tbd|tba|none|n\/a|unassigned|-+)$/iu.test(owner) ? null : owner,
    details: details === "" ? [] : [details],
    about: null,
  };
}
