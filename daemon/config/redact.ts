import { findSecrets, findStray, KEY_CHARS, mergeRanges } from "./secret-place.ts";
import type { Range } from "./comment-secret.ts";
import { MAX_TEXT_CHARS, openYaml } from "./yaml-source.ts";

/*
 * Hides the secrets of a text of config.yaml. Each key, header or password in it becomes a placeholder, `(hidden 1)` …;
 * in the same text, edited or not, the placeholders can become the secrets again. `${NAME}` is not a secret and stays.
 */

export interface RedactedText {
  text: string;
  /** The text behind each placeholder, from `(hidden 1)` on. */
  hidden: readonly string[];
}

const PLACEHOLDER = /\(hidden (\d+)\)/g;
// Each secret is searched for in the whole text. No config has so many keys and headers.
const MAX_SECRETS = 300;

/** The text without its secrets; undefined if it is not YAML, so that they cannot be found. */
export function redact(text: string): RedactedText | undefined {
  const opened = openYaml(text);
  if (opened.faults) return undefined;
  const secret = findSecrets(opened.document, text);
  const values = new Set(secret.flatMap(([start, end]) => linesOf(text.slice(start, end))));
  if (values.size > MAX_SECRETS) return undefined;
  const ranges = mergeRanges([
    ...secret,
    // A shorter secret may be a word, which is not hidden elsewhere.
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

/** In the place of a key that is not kept; it hides nothing, so a text with it is refused until a key is written. */
const NOT_KEPT = "(hidden 0)";
const ONLY_PLACEHOLDER = /^["']?\(hidden \d+\)["']?$/;

/** An edited text with {@link NOT_KEPT} in place of each key that was typed into it; undefined if it is not YAML. */
export function withoutTypedKeys(text: string): string | undefined {
  const redacted = redact(text);
  return redacted?.text.replace(PLACEHOLDER, (_, number) => {
    const source = redacted.hidden[Number(number) - 1] ?? "";
    return ONLY_PLACEHOLDER.test(source) ? source : NOT_KEPT;
  });
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
    // A long secret in many places; the text is refused for its length.
    if (real.length > MAX_TEXT_CHARS) break;
    real += text.slice(at, index);
    at = index + whole.length;
    const source = hidden[Number(number) - 1];
    if (source === undefined) misplaced ??= real.length;
    else if (source.match(PLACEHOLDER) === null) restored.push(span(real.length, source));
    real += source ?? whole;
  }
  real += text.slice(at);
  return { text: real, misplaced: misplaced ?? findStray(real, restored)?.[0] };
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

/** The lines of a value, without quotes and without the sign of a block. */
function linesOf(source: string): string[] {
  return source
    .replace(/^(["'])(.*)\1$/s, "$2")
    .replace(/^[|>][\d+-]*\n/, "")
    .split("\n")
    .map((line) => line.trim());
}
