import { isAlias, isMap, isScalar, isSeq, parseDocument, visit } from "yaml";
import type { Document } from "yaml";
import { configSchema } from "./schema.ts";
import { configFindings } from "./schema-findings.ts";
import { hasVariable, withoutVariables } from "./variable.ts";
import type { KeyPath } from "../core/finding.ts";

/*
 * Hides the secrets of a text of config.yaml. Each key, header or password in it becomes a placeholder, `(hidden 1)` …;
 * in the same text, edited or not, the placeholders can become the secrets again. `${NAME}` is not a secret and stays.
 */

export interface RedactedText {
  text: string;
  /** The text behind each placeholder, from `(hidden 1)` on. */
  hidden: readonly string[];
}

/** A range in a text; the end is exclusive. */
type Range = readonly [start: number, end: number];

const PLACEHOLDER = /\(hidden (\d+)\)/g;
// The user name and password of an address, and a key in a comment.
const USERINFO = /:\/\/([^\s/"']+)@/dg;
const COMMENTED_KEY = /#.*?\bapi_key["']?\s*:\s*["']?([^\s"',}#]+)/dg;
// Several providers begin their keys like this.
const KEY_LIKE = /\b(sk-[\w-]{16,})/dg;
// A key is longer than a word such as "Bearer". Shorter secrets are not searched for elsewhere in the text.
const KEY_CHARS = 8;

/** The text without its secrets; undefined if it is not YAML, so that they cannot be found. */
export function redact(text: string): RedactedText | undefined {
  const secret = findSecrets(text);
  if (secret === undefined) return undefined;
  const values = new Set(secret.map(([start, end]) => unquote(text.slice(start, end))));
  const ranges = merge([
    ...secret,
    ...[...values].flatMap((value) => (value.length < KEY_CHARS ? [] : occurrences(text, value))),
    // Text that already looks like a placeholder is hidden too, behind a placeholder of its own.
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
  /** Offset of the first placeholder with nothing behind it, or in a place that is not for a key. */
  misplaced: number | undefined;
}

/** Replaces the placeholders with what they hide. */
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
  // A key moved to a place that is not for keys would be shown there. Text that is not YAML is refused anyway.
  const places = findSecrets(real);
  const stray = restored.find(
    ([start, end]) => places && !places.some(([from, to]) => from <= start && end <= to),
  );
  return { text: real, misplaced: misplaced ?? stray?.[0] };
}

/** The ranges of the secrets in a text; undefined if it is not YAML. */
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
        // If a colon or space is missing, the whole header is parsed as its name.
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

/** Paths that may hold a secret: anything under a mistyped key, and a text in the place of `model`. */
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

/** The ranges in order, with overlapping ones joined. */
function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const last = merged.at(-1);
    if (last === undefined || start >= last[1]) merged.push([start, end]);
    else if (end > last[1]) merged[merged.length - 1] = [last[0], end];
  }
  return merged;
}
