import { isAlias, isMap, isScalar, isSeq, parseDocument, visit } from "yaml";
import type { Document } from "yaml";
import { configSchema } from "./schema.ts";
import { configFindings } from "./schema-findings.ts";
import { hasVariable, withoutVariables } from "./variable.ts";
import type { KeyPath } from "../core/finding.ts";

/*
 * A text of config.yaml as it may be shown. A key, a header or a password that stands there written out is
 * replaced by a placeholder, `(hidden 1)` …; the same text with its placeholders, edited or not, becomes the
 * real one again by what they stood for. `${NAME}` is no secret and stays.
 */

export interface RedactedText {
  text: string;
  /** What each placeholder stands for, from `(hidden 1)` on, as it is written. */
  hidden: readonly string[];
}

/** Where something stands in a text, end exclusive. */
type Range = readonly [start: number, end: number];

const PLACEHOLDER = /\(hidden (\d+)\)/g;
// User name and password of an address, and what is left of a key in a comment.
const USERINFO = /:\/\/([^\s/"']+)@/dg;
const COMMENTED_KEY = /#.*?\bapi_key["']?\s*:\s*["']?([^\s"',}#]+)/dg;
// What several providers begin their keys with.
const KEY_LIKE = /\b(sk-[\w-]{16,})/dg;
// A key told apart from a word such as "Bearer"; also what is worth looking for elsewhere in the text.
const KEY_CHARS = 8;

/** The text without its secrets; undefined where it is not YAML, so that they cannot be told from the rest. */
export function redact(text: string): RedactedText | undefined {
  const secret = findSecrets(text);
  if (secret === undefined) return undefined;
  const values = new Set(secret.map(([start, end]) => unquote(text.slice(start, end))));
  const ranges = merge([
    ...secret,
    ...[...values].flatMap((value) => (value.length < KEY_CHARS ? [] : occurrences(text, value))),
    // What looks like a placeholder already stands for itself.
    ...[...text.matchAll(PLACEHOLDER)].map(({ 0: whole, index }) => span(index, whole)),
  ]);
  const hidden: string[] = [];
  let shown = "";
  let at = 0;
  for (const [start, end] of ranges) {
    hidden.push(text.slice(start, end));
    shown += `${text.slice(at, start)}(hidden ${hidden.length})`;
    at = end;
  }
  return { text: shown + text.slice(at), hidden };
}

export interface RestoredText {
  text: string;
  /** Offset in it of a placeholder that cannot stand there: nothing is behind it, or it is no place for a key. */
  misplaced: number | undefined;
}

/** The text with what its placeholders stand for. */
export function restore(text: string, hidden: readonly string[]): RestoredText {
  const restored: Range[] = [];
  let misplaced: number | undefined;
  let real = "";
  let at = 0;
  for (const { 0: whole, 1: number, index } of text.matchAll(PLACEHOLDER)) {
    real += text.slice(at, index);
    at = index + whole.length;
    const source = hidden[Number(number) - 1];
    if (source === undefined) misplaced ??= real.length;
    else if (source.match(PLACEHOLDER) === null) restored.push(span(real.length, source));
    real += source ?? whole;
  }
  real += text.slice(at);
  // A key that is moved to where it is no key would be shown from there. What is not YAML is refused anyway.
  const places = findSecrets(real);
  const stray = restored.find(
    ([start, end]) => places && !places.some(([from, to]) => from <= start && end <= to),
  );
  return { text: real, misplaced: misplaced ?? stray?.[0] };
}

/** Where the secrets of a text stand; undefined where it is not YAML. */
function findSecrets(text: string): Range[] | undefined {
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0) return undefined;
  const found: Range[] = [];
  const hide = (node: unknown, isHeader: boolean): void => {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (isScalar(target)) {
      const { value, range } = target;
      if (range && isSecret(value, isHeader)) found.push([range[0], range[1]]);
    } else if (isMap(target)) {
      for (const { key, value } of target.items) {
        // Where a colon or a space is missing, the name of a header is the whole header.
        if (isScalar(key) && /[\s:=]/.test(String(key.value))) hide(key, isHeader);
        hide(value, isHeader);
      }
    } else if (isSeq(target)) {
      for (const item of target.items) hide(item, isHeader);
    }
  };
  visit(document, {
    Pair(_, { key, value }) {
      const name = isScalar(key) ? String(key.value).toLowerCase() : "";
      if (name === "api_key" || name === "headers") hide(value, name === "headers");
    },
  });
  for (const path of suspectPaths(document)) hide(nodeAt(document, path), false);
  for (const pattern of [USERINFO, COMMENTED_KEY, KEY_LIKE]) {
    for (const { 1: part = "", indices } of text.matchAll(pattern)) {
      const range = indices?.[1];
      if (range && isSecret(part, true)) found.push(range);
    }
  }
  return merge(found);
}

function isSecret(value: unknown, isHeader: boolean): boolean {
  if (typeof value !== "string") return typeof value === "number";
  if (!hasVariable(value)) return value !== "" && value !== "null";
  const rest = withoutVariables(value);
  return isHeader ? rest.split(/\s+/).some((part) => part.length >= KEY_CHARS) : rest !== "";
}

/** Under a mistyped key anything may stand, and a text where `model` belongs may be its key. */
function suspectPaths(document: Document): KeyPath[] {
  let value: unknown;
  try {
    value = document.toJS();
  } catch {
    return [];
  }
  const issues = configSchema.safeParse(value).error?.issues ?? [];
  return configFindings(issues)
    .filter(({ path, unknown }) => unknown === true || path.at(-1) === "model")
    .map(({ path }) => path);
}

function nodeAt(document: Document, path: KeyPath): unknown {
  let node: unknown = document.contents;
  for (const step of path) {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (isMap(target)) {
      node = target.items.find(({ key }) => isScalar(key) && String(key.value) === step)?.value;
    } else if (isSeq(target) && typeof step === "number") node = target.items[step];
    else return undefined;
  }
  return node;
}

function occurrences(text: string, value: string): Range[] {
  const found: Range[] = [];
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
    found.push(span(at, value));
  }
  return found;
}

function span(start: number, text: string): Range {
  return [start, start + text.length];
}

function unquote(source: string): string {
  return source.replace(/^(["'])(.*)\1$/s, "$2");
}

/** In order and without overlaps. */
function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const last = merged.at(-1);
    if (last === undefined || start >= last[1]) merged.push([start, end]);
    else if (end > last[1]) merged[merged.length - 1] = [last[0], end];
  }
  return merged;
}
