import { isAlias, isMap, isScalar, isSeq, visit } from "yaml";
import type { Document, Scalar } from "yaml";
import type { KeyPath } from "../core/finding.ts";
import { commentSecrets, type Range } from "./comment-secret.ts";
import { configSchema } from "./schema.ts";
import { configFindings } from "./schema-findings.ts";
import { hasVariable, withoutVariables } from "./variable.ts";
import { openYaml } from "./yaml-source.ts";

/*
 * Where in a text of config.yaml secrets are: the values of api_key and headers, the user name and password of an
 * address, keys in comments. Each function works in time that grows no faster than the text.
 */

// The user name and password of an address, and a key in a comment.
const USERINFO = /:\/\/([^\s/"']+)@/dg;
const COMMENTED_KEY = /\bapi_key["']?[ \t]*:[ \t]*["']?((?:\$\{\w+\}|[^\s"',}#])+)/dg;
// Several providers begin their keys like this.
const KEY_LIKE = /\b(sk-[\w-]{16,})/dg;
const PATTERNS = [USERINFO, KEY_LIKE];
// As URL.parse reads an address: any slashes, then up to the last @ before / \ ? or #.
const BASE_URL_USERINFO = /^["']?\s*[a-z][a-z\d+.-]*:[/\\]*([^/\\?#]*)@/di;
// A key is longer than a word such as "Bearer".
export const KEY_CHARS = 8;
const MAX_VISITS = 100_000;

/** The ranges of the secrets in a document of this text. */
export function findSecrets(document: Document, text: string): Range[] {
  const found: Range[] = [];
  const seen = new Set<unknown>();
  const hide = (node: unknown, isHeader: boolean): void => {
    const target = isAlias(node) ? node.resolve(document) : node;
    // An alias may lead to the same node often, or to a node that contains it.
    if (target === undefined || seen.has(target)) return;
    seen.add(target);
    if (isScalar(target)) {
      const { value, range } = target;
      if (!range || !isSecret(value, isHeader)) return;
      // The line break after a block stays, so that the text without it is YAML, too.
      found.push([range[0], range[0] + text.slice(range[0], range[1]).trimEnd().length]);
    } else if (isMap(target)) {
      for (const { key, value } of target.items) {
        if (isHeaderAsName(key)) hide(key, isHeader);
        hide(value, isHeader);
      }
    } else if (isSeq(target)) {
      for (const item of target.items) hide(item, isHeader);
    }
  };
  for (const isHeader of [false, true]) {
    visit(document, {
      Pair(_, { key, value }) {
        const name = isScalar(key) ? String(key.value).toLowerCase() : "";
        const address = isAlias(value) ? value.resolve(document) : value;
        if (name === "base_url" && isScalar(address)) found.push(...userinfoIn(address, text));
        if (name === (isHeader ? "headers" : "api_key")) hide(value, isHeader);
      },
    });
  }
  const nodeAt = nodeFinder(document);
  for (const path of suspectPaths(document)) hide(nodeAt(path), false);
  return mergeRanges([...found, ...matches(text)]);
}

/**
 * The first of these ranges, which hold secrets, in a place where the secret would be shown or sent to someone else.
 * Aliases count as what they are an alias of.
 */
export function findStray(text: string, secrets: readonly Range[]): Range | undefined {
  const opened = openYaml(text);
  // A text that is not YAML is refused anyway.
  if (secrets.length === 0 || opened.faults) return undefined;
  const { document } = opened;
  const overlapping = overlapFinder(secrets);
  const outside = new Set(secrets);
  visit(document, {
    Scalar(_, { range }) {
      for (const secret of overlapping(range)) outside.delete(secret);
    },
  });
  const commented = overlapFinder(mergeRanges(matches(text)));
  const stray = [...outside].find(
    (secret) => !commented(secret).some((range) => contains(range, secret)),
  );
  return stray ?? findStrayValue(document, text, overlapping);
}

/** The same among the values and keys of the document. */
function findStrayValue(
  document: Document,
  text: string,
  overlapping: (range: Scalar["range"]) => Range[],
): Range | undefined {
  const suspect = new Set(suspectPaths(document).map((path) => JSON.stringify(path)));
  const within = new Set<unknown>();
  let visits = 0;
  let stray: Range | undefined;
  const judge = (scalar: Scalar, isFor: (secret: Range) => boolean): void => {
    stray ??= overlapping(scalar.range).find((secret) => !isFor(secret));
  };
  const walk = (node: unknown, path: KeyPath, isKept: boolean): void => {
    visits += 1;
    const target = isAlias(node) ? node.resolve(document) : node;
    if (stray !== undefined || visits > MAX_VISITS || within.has(target)) return;
    within.add(target);
    if (isScalar(target)) {
      judge(target, (secret) => isKept || (path.at(-1) === "base_url" && isUserinfo(secret)));
    } else if (isMap(target)) {
      for (const { key, value } of target.items) {
        const name = isScalar(key) ? String(key.value) : "";
        if (isScalar(key)) judge(key, () => isKept && isHeaderAsName(key));
        const below = [...path, name];
        const isSecretPlace = /^(api_key|headers)$/i.test(name);
        walk(value, below, isKept || isSecretPlace || suspect.has(JSON.stringify(below)));
      }
    } else if (isSeq(target)) {
      for (const [index, item] of target.items.entries()) walk(item, [...path, index], isKept);
    }
    within.delete(target);

    function isUserinfo(secret: Range): boolean {
      if (!isScalar(target)) return false;
      return userinfoIn(target, text).some((range) =>
        isWhole(range, target) ? contains(secret, range) : contains(range, secret),
      );
    }
  };
  walk(document.contents, [], false);
  // Aliases that expand to so much are refused anyway.
  return stray;
}

/** The user name and password of an address; all of it where they are not written as they are read. */
function userinfoIn(address: Scalar, text: string): Range[] {
  const { value, range } = address;
  const read = typeof value === "string" ? BASE_URL_USERINFO.exec(value)?.[1] : undefined;
  if (!range || !/[^:]/.test(withoutVariables(read ?? ""))) return [];
  const [start] = range;
  const source = text.slice(start, range[1]).trimEnd();
  const written = BASE_URL_USERINFO.exec(source);
  const part = written?.[1] === read ? written?.indices?.[1] : undefined;
  return [part ? [start + part[0], start + part[1]] : [start, start + source.length]];
}

function isWhole([start]: Range, { range }: Scalar): boolean {
  return start === range?.[0];
}

function isSecret(value: unknown, isHeader: boolean): boolean {
  if (typeof value !== "string") return typeof value === "number";
  if (!hasVariable(value)) return value !== "" && value !== "null";
  const rest = withoutVariables(value);
  return isHeader ? rest.split(/\s+/).some((part) => part.length >= KEY_CHARS) : rest !== "";
}

/** If a colon or space is missing, the whole header is parsed as its name. */
function isHeaderAsName(key: unknown): boolean {
  return isScalar(key) && /[\s:=]/.test(String(key.value));
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

/** Finds the node at a path; looks through each mapping once. */
function nodeFinder(document: Document): (path: KeyPath) => unknown {
  const entries = new Map<unknown, Map<string, unknown>>();
  return (path) => {
    let node: unknown = document.contents;
    for (const step of path) {
      const target = isAlias(node) ? node.resolve(document) : node;
      if (isMap(target)) {
        const known =
          entries.get(target) ??
          new Map(
            target.items.map(({ key, value }) => [isScalar(key) ? String(key.value) : "", value]),
          );
        entries.set(target, known);
        node = known.get(String(step));
      } else if (isSeq(target) && typeof step === "number") node = target.items[step];
      else return undefined;
    }
    return node;
  };
}

/** What looks like a secret wherever it is. */
function matches(text: string): Range[] {
  const found = PATTERNS.flatMap((pattern) => matchesOf(pattern, text, 0));
  return [...found, ...commentedKeys(text), ...commentSecrets(text)];
}

/** Looks through each line once, from its first comment sign. */
function commentedKeys(text: string): Range[] {
  const found: Range[] = [];
  for (let at = text.indexOf("#"); at >= 0;) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    found.push(...matchesOf(COMMENTED_KEY, text.slice(at, end), at));
    at = text.indexOf("#", end);
  }
  return found;
}

function matchesOf(pattern: RegExp, text: string, offset: number): Range[] {
  return [...text.matchAll(pattern)].flatMap(({ 1: part = "", indices }): Range[] => {
    const [start, end] = indices?.[1] ?? [0, 0];
    return isSecret(part, true) ? [[offset + start, offset + end]] : [];
  });
}

/** Finds which of some ordered ranges, none within another, overlap a range. */
function overlapFinder(ordered: readonly Range[]): (range: Scalar["range"] | Range) => Range[] {
  return (range) => {
    if (!range) return [];
    const [start, end] = range;
    let [low, high] = [0, ordered.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ordered[middle]?.[1] ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    const found: Range[] = [];
    for (let at = low; (ordered[at]?.[0] ?? end) < end; at += 1) {
      found.push(ordered[at] as Range);
    }
    return found;
  };
}

function contains([start, end]: Range, inner: Range): boolean {
  return start <= inner[0] && inner[1] <= end;
}

/** The ranges in order, with overlapping ones joined. */
export function mergeRanges(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const last = merged.at(-1);
    if (last === undefined || start >= last[1]) merged.push([start, end]);
    else if (end > last[1]) merged[merged.length - 1] = [last[0], end];
  }
  return merged;
}
