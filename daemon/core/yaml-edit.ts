/**
 * Edits a YAML text and leaves everything else in it unchanged: comments, order, columns. The parser's own output moves
 * comments to other columns, where they would mean something else once uncommented.
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

export type YamlPath = readonly (string | number)[];
export type YamlValue = string | number | boolean | null | readonly YamlValue[] | YamlObject;
export interface YamlObject {
  readonly [key: string]: YamlValue;
}

type Item = Node | Pair<Node, Node | null>;

/** The value at a path; undefined if it does not exist. @throws {Error} if the text is not YAML */
export function readAt(text: string, path: YamlPath): unknown {
  const document = parse(text);
  const value: unknown = document.getIn(path);
  return isNode(value) ? value.toJS(document) : value;
}

/**
 * The text with a value at a path. Replaces an existing value in place; adds a missing key after the others of its map,
 * in the style of that map.
 *
 * @throws {Error} if the text is not YAML, or a part of the path is not a map
 */
export function writeAt(text: string, path: YamlPath, value: YamlValue): string {
  const document = parse(text);
  const node = nodeAt(document, path);
  if (node !== undefined) return replace(text, document, { path, node }, value);
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const parentPath = path.slice(0, depth);
    const parent = depth === 0 ? document.contents : nodeAt(document, parentPath);
    if (parent === undefined) continue;
    const added = nest(path.slice(depth), value);
    const isNothing = parent === null || (isScalar(parent) && parent.value === null);
    if (depth === 0 && (isNothing || (isMap(parent) && parent.flow !== true))) {
      return addSection(text, parent, added);
    }
    if (isMap<Node, Node | null>(parent)) return addPair(text, parent, added);
    if (parent === null || !isNothing) break;
    return replace(text, document, { path: parentPath, node: parent }, added);
  }
  throw new Error(`${path.join(".")} cannot be written, because a part of the path is not a map.`);
}

/**
 * The text with one more item at the end of the list at a path; creates a missing list.
 *
 * @throws {Error} if the text is not YAML, or another value than a list is at the path
 */
export function addItem(text: string, path: YamlPath, item: YamlValue): string {
  const list = nodeAt(parse(text), path);
  if (!isSeq<Node>(list) || list.items.length === 0) return writeAt(text, path, [item]);
  if (list.flow === true) return addInLine(text, list, inline(item));
  const { end, column } = placeOf(text, list);
  return insertLines(text, { end, column }, block([item]));
}

/** The text without a key of a map or an item of a list, and without the comments that belong to it. */
export function removeAt(text: string, path: YamlPath): string {
  const document = parse(text);
  const parentPath = path.slice(0, -1);
  const parent = parentPath.length === 0 ? document.contents : nodeAt(document, parentPath);
  if (!isCollection(parent)) return text;
  const key = path.at(-1);
  const items = parent.items as Item[];
  const index = isSeq(parent)
    ? Number(key)
    : items.findIndex((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
  const item = items[index];
  if (item === undefined) return text;
  const next = items[index + 1];
  if (parent.flow === true) {
    const before = items[index - 1];
    const start = next === undefined && before !== undefined ? endOf(before) : startOf(item);
    return text.slice(0, start) + text.slice(next === undefined ? endOf(item) : startOf(next));
  }
  if (items.length === 1 && parentPath.length > 0) {
    return replace(text, document, { path: parentPath, node: parent }, isSeq(parent) ? [] : {});
  }
  const lineStart = lineStartOf(text, parent, item);
  // The first key of an item follows the dash, so the next key takes its place.
  if (next !== undefined && /\S/u.test(text.slice(lineStart, startOf(item))) && isMap(parent)) {
    return text.slice(0, startOf(item)) + text.slice(startOf(next));
  }
  const { column } = placeOf(text, parent);
  const { own, rest } = divideAfter(text, { end: endOf(item), column });
  return text.slice(0, lineStart) + text.slice(rest === "" ? text.length : own);
}

function parse(text: string): Document {
  const document = parseDocument(text, { stringKeys: true });
  const [fault] = document.errors;
  if (fault !== undefined) throw new Error(fault.message);
  return document;
}

function nodeAt(document: Document, path: YamlPath): Node | undefined {
  const node: unknown = document.getIn(path, true);
  return isNode(node) && node.range ? node : undefined;
}

function nest([key, ...others]: YamlPath, value: YamlValue): YamlObject {
  return { [String(key)]: others.length === 0 ? value : nest(others, value) };
}

function replace(
  text: string,
  document: Document,
  { path, node }: { path: YamlPath; node: Node },
  value: YamlValue,
): string {
  if (isAlias(node))
    throw new Error(
      `${path.join(".")} cannot be written, because it is an alias of another value.`,
    );
  const isInLine = path.some((_, depth) => isFlow(document.getIn(path.slice(0, depth), true)));
  if (isCollection(node) && node.flow !== true) return replaceBlock(text, document, path, value);
  const [start, end] = [startOf(node), endOf(node)];
  const before = text.slice(0, start);
  const written = isInLine ? ` ${inline(value)}` : afterKey(value, columnOf(text, start));
  const [first = "", ...below] = written.split("\n");
  const joined = /[\s[{]$/u.test(before) ? before + first.replace(/^ /u, "") : before + first;
  const isOwnLine = text[end - 1] === "\n";
  if (below.length === 0) return `${joined}${isOwnLine ? "\n" : ""}${text.slice(end)}`;
  // A comment after the old value stays on the line of the key.
  const lineEnd = endOfLine(text, end);
  const head = `${joined.trimEnd()}${text.slice(end, lineEnd).trimEnd()}`;
  return `${[head, ...below].join("\n")}\n${text.slice(lineEnd)}`;
}

/** Replaces a list or map below its key with a value on the line of the key; comments stay. */
function replaceBlock(text: string, document: Document, path: YamlPath, value: YamlValue): string {
  const block_ = nodeAt(document, path);
  const parent = path.length === 1 ? document.contents : nodeAt(document, path.slice(0, -1));
  const pair = isMap<Node, Node | null>(parent)
    ? parent.items.find(({ value: inner }) => inner === block_)
    : undefined;
  if (pair === undefined || !isCollection(block_)) {
    throw new Error(`${path.join(".")} cannot be written, because it is a list or a map.`);
  }
  const colon = text.indexOf(":", pair.key.range?.[1]) + 1;
  const start = lineStartOf(text, block_, block_.items[0] as Item);
  const rest = text.slice(endOfLine(text, text.slice(0, endOf(block_)).trimEnd().length));
  return `${text.slice(0, colon)} ${inline(value)}${text.slice(colon, start)}${rest}`;
}

/** Adds keys at the end of the text. */
function addSection(text: string, root: Node | null, added: YamlObject): string {
  const indent = " ".repeat(isMap<Node, Node | null>(root) ? placeOf(text, root).column : 0);
  const isWhole = text === "" || text.endsWith("\n");
  return `${text}${isWhole ? "" : "\n"}${block(added)
    .map((line) => `${indent}${line}\n`)
    .join("")}`;
}

function addPair(text: string, map: YAMLMap<Node, Node | null>, added: YamlObject): string {
  if (map.flow === true) return addInLine(text, map, inline(added).slice(2, -2));
  const { end, column } = placeOf(text, map);
  return insertLines(text, { end, column }, block(added));
}

/** Adds to a list or map in brackets. */
function addInLine(
  text: string,
  collection: YAMLMap<Node, Node | null> | YAMLSeq<Node>,
  written: string,
): string {
  const last = collection.items.at(-1);
  if (last !== undefined)
    return `${text.slice(0, endOf(last))}, ${written}${text.slice(endOf(last))}`;
  const [start, end] = [startOf(collection), endOf(collection)];
  const whole = isSeq(collection) ? `[${written}]` : `{ ${written} }`;
  return text.slice(0, start) + whole + text.slice(end);
}

interface Place {
  /** Where its content ends. */
  end: number;
  /** The column of its keys or dashes. */
  column: number;
}

function placeOf(text: string, block_: Node): Place {
  const start = startOf(block_);
  return { end: endOf(block_), column: start - (text.lastIndexOf("\n", start - 1) + 1) };
}

/** Inserts lines after a place and the comments that belong to it. */
function insertLines(text: string, place: Place, lines: readonly string[]): string {
  const { own, rest } = divideAfter(text, place);
  const before = text.slice(0, own);
  const indent = " ".repeat(place.column);
  const added = lines.map((line) => (line === "" ? "" : indent + line)).join("\n");
  return `${before}${before.endsWith("\n") ? "" : "\n"}${added}\n${/\S/u.test(rest) ? rest : ""}`;
}

/** Divides the text after the line of a place, and after comments indented deeper than its column. */
function divideAfter(text: string, { end, column }: Place): { own: number; rest: string } {
  const trimmed = text.slice(0, end).trimEnd().length;
  let own = endOfLine(text, trimmed);
  for (let at = own; at < text.length;) {
    const next = endOfLine(text, at + 1);
    const line = text.slice(at, next);
    const indent = line.search(/\S/u);
    if (indent !== -1) {
      if (indent <= column || line[indent] !== "#") break;
      own = next;
    }
    at = next;
  }
  return { own, rest: text.slice(own) };
}

/** The start of the next line after `at`, or the end of the text. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", Math.max(0, at - 1));
  if (at > 0 && text[at - 1] === "\n") return at;
  return end === -1 ? text.length : end + 1;
}

function startOf(item: Item): number {
  const node = isPair(item) ? item.key : item;
  return node.range?.[0] ?? 0;
}

/** Where the content of an item ends, without the comments that the parser includes in a block. */
function endOf(item: Item): number {
  const node = isPair(item) ? (item.value ?? item.key) : item;
  const last = isCollection(node) && node.flow !== true ? (node.items.at(-1) as Item) : undefined;
  return last === undefined ? (node.range?.[1] ?? 0) : endOf(last);
}

/** The start of the line with an item's key or dash. */
function lineStartOf(text: string, parent: Node, item: Item): number {
  let start = text.lastIndexOf("\n", startOf(item) - 1) + 1;
  if (!isSeq(parent)) return start;
  const listStart = startOf(parent);
  const column = listStart - (text.lastIndexOf("\n", listStart - 1) + 1);
  // The content after the dash may be on a later line.
  while (start > listStart && !/^[ -]*-$/u.test(text.slice(start, start + column + 1))) {
    start = text.lastIndexOf("\n", start - 2) + 1;
  }
  return start;
}

/** The indentation of the line at a place, including dashes. */
function columnOf(text: string, at: number): number {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^[\s-]*/u.exec(line)?.[0].length ?? 0;
}

function isFlow(value: unknown): boolean {
  return isCollection(value) && value.flow === true;
}

/** The value on one line; text that would end inside brackets is quoted. */
function inline(value: YamlValue): string {
  if (isList(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([key, inner]) => `${inline(key)}: ${inline(inner)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return typeof value === "string" && /[,[\]{}]/u.test(value)
    ? JSON.stringify(value)
    : plain(value);
}

/** The value on one line, outside of brackets. */
function plain(value: YamlValue): string {
  if (typeof value === "object" && value !== null) return inline(value);
  if (typeof value === "string" && value.includes("\n")) return JSON.stringify(value);
  return stringify(value, { lineWidth: 0 }).trim();
}

/** The text after the colon of a key in this column: on its line, or below it. */
function afterKey(value: YamlValue, column: number): string {
  const isLong = typeof value === "string" && /^\S.*\n.*\S\n?$/su.test(value);
  if (!isLong && !hasBlock(value)) return ` ${plain(value)}`;
  const lines = typeof value === "string" ? value.trimEnd().split("\n") : block(value);
  const indent = " ".repeat(column + 2);
  const below = lines.map((line) => (line === "" ? "" : indent + line)).join("\n");
  return `${isLong ? (String(value).endsWith("\n") ? " |" : " |-") : ""}\n${below}`;
}

/** The lines of a map or list, one for each key or item. */
function block(value: YamlObject | readonly YamlValue[]): string[] {
  if (isList(value)) {
    return value.flatMap((item) => {
      const [first = "", ...others] = hasBlock(item) ? block(item) : [plain(item)];
      return [`- ${first}`, ...others.map((line) => (line === "" ? "" : `  ${line}`))];
    });
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    `${inline(key)}:${afterKey(inner, 0)}`.split("\n"),
  );
}

/** Whether a value is a map or a list of maps; lists of plain values are written on one line. */
function hasBlock(value: YamlValue): value is YamlObject | readonly YamlObject[] {
  if (isList(value)) return value.some((item) => typeof item === "object" && item !== null);
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}
