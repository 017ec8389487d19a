/** Edits of the text of config.yaml that leave all else in it as it is written: comments, order, spaces. */
import {
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  stringify,
  type Document,
  type Node,
  type Pair,
} from "yaml";

export type Path = readonly (string | number)[];
export type Value = string | number | boolean | null | readonly string[];

/** What stands at a path; undefined: nothing. */
export function readAt(text: string, path: Path): unknown {
  const document = parse(text);
  const value: unknown = document.getIn(path);
  return typeof value === "object" && value !== null && "toJSON" in value
    ? (value as Node).toJS(document)
    : value;
}

/** The agents' ids in their order; an entry without one counts too. */
export function listAgents(text: string): string[] {
  const agents: unknown = parse(text).get("agents");
  if (!isSeq(agents)) return [];
  return agents.items.map((item) => {
    const id: unknown = isMap(item) ? item.get("id") : undefined;
    return typeof id === "string" ? id : "";
  });
}

/**
 * The text with a value at a path. A value that is there is replaced where it stands; a key that is not is added after the
 * others of its map, in the manner that map is written.
 *
 * @throws {Error} where the text is no YAML, or something else stands on the way
 */
export function writeAt(text: string, path: Path, value: Value): string {
  const document = parse(text);
  const [fault] = document.errors;
  if (fault !== undefined) throw new Error(fault.message);
  const node: unknown = document.getIn(path, true);
  if (isNode(node) && node.range) {
    const [start, end] = node.range;
    const isInLine = path.some((_, depth) => isFlow(document.getIn(path.slice(0, depth), true)));
    const written = isInLine ? flow(value) : format(value, columnOf(text, start));
    return text.slice(0, start) + written + text.slice(end);
  }
  return addAt(text, document, path, value);
}

/** The text without a key. */
export function removeAt(text: string, path: Path): string {
  const document = parse(text);
  const parent: unknown = document.getIn(path.slice(0, -1), true);
  const key = path.at(-1);
  if (!isMap(parent) || parent.flow === true) return writeAt(text, path, null);
  const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
  const [start, end] = rangeOf(pair);
  if (start === undefined || end === undefined) return text;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", Math.max(start, end - 1));
  // The first key of an entry of a list stands behind its dash.
  if (text.slice(lineStart, start).trim() !== "") return writeAt(text, path, null);
  return text.slice(0, lineStart) + (lineEnd === -1 ? "" : text.slice(lineEnd + 1));
}

function addAt(text: string, document: Document, path: Path, value: Value): string {
  const parentPath = path.slice(0, -1);
  const key = String(path.at(-1));
  const parent: unknown =
    parentPath.length === 0 ? document.contents : document.getIn(parentPath, true);
  if (isMap(parent) && parent.range && parent.items.length > 0) {
    const last = parent.items.at(-1);
    const [start] = rangeOf(parent.items[0]);
    const [, end] = rangeOf(last);
    if (start === undefined || end === undefined) throw new Error(`cannot write ${path.join(".")}`);
    if (parent.flow === true) {
      return `${text.slice(0, end)}, ${key}: ${flow(value)}${text.slice(end)}`;
    }
    const column = start - (text.lastIndexOf("\n", start - 1) + 1);
    const at = endOfLine(text, end);
    const isWhole = at === 0 || text[at - 1] === "\n";
    return `${text.slice(0, at)}${isWhole ? "" : "\n"}${" ".repeat(column)}${key}: ${format(value, column)}\n${text.slice(at)}`;
  }
  if (isMap(parent) && parent.range) {
    return `${text.slice(0, parent.range[0])}{ ${key}: ${flow(value)} }${text.slice(parent.range[1])}`;
  }
  if (parent === undefined || parent === null || (isScalar(parent) && parent.value === null)) {
    if (parentPath.length === 0) return `${text}${key}: ${format(value, 0)}\n`;
    const inner = `{ ${key}: ${flow(value)} }`;
    if (isScalar(parent) && parent.range) {
      const [start, end] = parent.range;
      const before = text.slice(0, start);
      return `${before}${/\s$/.test(before) ? "" : " "}${inner}${text.slice(end)}`;
    }
    return addRaw(text, document, parentPath, inner);
  }
  throw new Error(`cannot write ${path.join(".")}`);
}

/** Adds a key whose value is a map on one line. */
function addRaw(text: string, document: Document, path: Path, inner: string): string {
  const marker = "agent-runner-placeholder";
  return addAt(text, document, path, marker).replace(marker, () => inner);
}

function parse(text: string): Document {
  return parseDocument(text, { stringKeys: true });
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "range" in value;

const isFlow = (value: unknown): boolean => (isMap(value) || isSeq(value)) && value.flow === true;

function rangeOf(
  pair: Pair<unknown, unknown> | undefined,
): [start: number | undefined, end: number | undefined] {
  const key = isNode(pair?.key) ? pair.key.range : undefined;
  const value = isNode(pair?.value) ? pair.value.range : undefined;
  return [key?.[0], value?.[1] ?? key?.[1]];
}

/** Where the next line begins. */
function endOfLine(text: string, at: number): number {
  if (at > 0 && text[at - 1] === "\n") return at;
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}

/** How far the line that a value stands in is indented. */
function columnOf(text: string, at: number): number {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^[\s-]*/.exec(line)?.[0].length ?? 0;
}

/** On one line; what would end a plain text in a map on one line is quoted. */
function flow(value: Value): string {
  if (typeof value === "string" && /[,[\]{}\n]/.test(value)) return JSON.stringify(value);
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();
}

/** Text of several lines as a block, below its key; all else on the line of its key. */
function format(value: Value, column: number): string {
  if (typeof value !== "string" || !value.includes("\n")) return flow(value);
  const indent = " ".repeat(column + 2);
  const lines = value.replace(/\n+$/, "").split("\n");
  return `|-\n${lines.map((line) => (line === "" ? "" : indent + line)).join("\n")}`;
}
