import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from "yaml";
import type { Alias, Document, ErrorCode } from "yaml";
import type { KeyPath } from "../core/finding.ts";
import { type Excess, findExcess } from "../core/yaml-excess.ts";

/** A position in a text; both count from 1. */
export interface Position {
  line: number;
  column: number;
}

/** A place where a text is not valid YAML, and what was expected there. */
export interface SyntaxFault extends Position {
  expected: string;
}

/** A parsed text: its value and the positions of its parts, or its faults. */
export type YamlSource =
  | { value: unknown; positionOf(path: KeyPath): Position; faults: null }
  | { faults: SyntaxFault[] };

// Our own words, because the parser's messages quote the text, which may contain a key.
const EXPECTED: Record<ErrorCode, string> = {
  ALIAS_PROPS: "an alias without tag or anchor",
  BAD_ALIAS: "an alias of an anchor above it",
  BAD_COLLECTION_TYPE: "a plain list or mapping without a tag",
  BAD_DIRECTIVE: "no % directive",
  BAD_DQ_ESCAPE: "a known escape after \\ in \"…\" (a backslash itself is \\\\, or use '…')",
  BAD_INDENT: "the indentation of the lines it belongs with",
  BAD_PROP_ORDER: "anchors and tags after the indicator",
  BAD_SCALAR_START: "quotes around a value that begins with this character",
  BLOCK_AS_IMPLICIT_KEY: "one key on a line (a value with a colon needs quotes)",
  BLOCK_IN_FLOW: "no indented block inside { } or [ ]",
  DUPLICATE_KEY: "each key once",
  IMPOSSIBLE: "YAML",
  KEY_OVER_1024_CHARS: "a key of at most 1024 characters",
  MISSING_CHAR: "a colon, comma, quote or bracket that is missing here",
  MULTILINE_IMPLICIT_KEY: "a key and its colon on one line",
  MULTIPLE_ANCHORS: "at most one anchor",
  MULTIPLE_DOCS: "one document (no --- in between)",
  MULTIPLE_TAGS: "at most one tag",
  NON_STRING_KEY: "a key that is text",
  RESOURCE_EXHAUSTION: "less nesting",
  TAB_AS_INDENT: "spaces for indentation, not a tab",
  TAG_RESOLVE_FAILED: "a value without a tag (quotes around one that begins with !)",
  UNEXPECTED_TOKEN: "nothing more here (a value with {, }, [ or ] inside { } or [ ] needs quotes)",
};

const LESS: Record<Excess["of"], string> = {
  entries: "a text with fewer entries",
  nesting: EXPECTED.RESOURCE_EXHAUSTION,
  escapes: EXPECTED.BAD_DQ_ESCAPE,
};

/** A text of config.yaml is at most this long. A hundred agents need much less. */
export const MAX_TEXT_CHARS = 200_000;
/** The fault of a longer text. */
export const TOO_LONG: SyntaxFault = {
  line: 1,
  column: 1,
  expected: `a text of at most ${MAX_TEXT_CHARS.toLocaleString("en")} characters`,
};
/** More mistakes in one text are not listed. The others follow once these are corrected. */
export const MAX_FAULTS = 20;
/** The faults without repetitions on one line; of very many, the first ones. */
function firstOfEach(faults: Iterable<SyntaxFault>): SyntaxFault[] {
  const first = new Map<string, SyntaxFault>();
  for (const fault of faults) {
    const words = `${fault.line} ${fault.expected}`;
    if (!first.has(words)) first.set(words, fault);
    if (first.size === MAX_FAULTS) break;
  }
  return [...first.values()];
}

/** One YAML document, which may have tags that mean nothing; or what keeps the text from being one. */
export type OpenedYaml =
  | { document: Document.Parsed; at(offset: number): Position; faults: null }
  | { faults: SyntaxFault[] };

/** Parses a text. The work grows no faster than the text. */
export function openYaml(text: string): OpenedYaml {
  if (text.length > MAX_TEXT_CHARS) return { faults: [TOO_LONG] };
  const excess = findExcess(text);
  if (excess) return { faults: [{ line: excess.line, column: 1, expected: LESS[excess.of] }] };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // The parser compares each key with all others, so equal ones are found below.
    uniqueKeys: false,
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = firstOfEach([
    ...document.errors.map(({ code, pos }) => ({ ...at(pos[0]), expected: EXPECTED[code] })),
    ...repeatedKeys(document).map((key) => ({
      ...at(startOf(key)),
      expected: EXPECTED.DUPLICATE_KEY,
    })),
  ]);
  return faults.length > 0 ? { faults } : { document, at, faults: null };
}

/** The keys that their mapping already has. */
function repeatedKeys(document: Document): unknown[] {
  const repeated: unknown[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = isScalar(key) ? String(key.value) : "";
        if (seen.has(name)) repeated.push(key);
        seen.add(name);
      }
    },
  });
  return repeated;
}

/** Reads a text as one YAML document. */
export function readYaml(text: string): YamlSource {
  const opened = openYaml(text);
  if (opened.faults) return opened;
  const { document, at } = opened;
  if (document.warnings.length > 0) {
    const told = document.warnings.map(({ code, pos }) => ({
      ...at(pos[0]),
      expected: EXPECTED[code],
    }));
    return { faults: firstOfEach(told) };
  }
  const aliases = aliasesOf(document);
  const dangling = aliases.find((alias) => alias.resolve(document) === undefined);
  if (dangling) return { faults: [{ ...at(startOf(dangling)), expected: EXPECTED.BAD_ALIAS }] };
  try {
    const value: unknown = document.toJS();
    return { value, positionOf: (path) => at(offsetOf(document, path)), faults: null };
  } catch (error) {
    // The only remaining fault: nested aliases that expand to too much.
    const [first] = aliases;
    if (!first || !(error instanceof ReferenceError)) throw error;
    return { faults: [{ ...at(startOf(first)), expected: "fewer aliases" }] };
  }
}

/** The line and column of an offset in a text. */
export function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

function aliasesOf(document: Document): Alias[] {
  const aliases: Alias[] = [];
  visit(document, {
    Alias: (_, alias) => {
      aliases.push(alias);
    },
  });
  return aliases;
}

/** Where the key or list item at `path` begins, or the nearest existing part above it. */
function offsetOf(document: Document, path: KeyPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const step of path) {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (isMap(target)) {
      const pair = target.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (!pair) break;
      offset = startOf(pair.key);
      node = pair.value;
    } else if (isSeq(target) && typeof step === "number") {
      node = target.items[step];
      offset = startOf(node);
    } else break;
  }
  return offset;
}

function startOf(node: unknown): number {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : null;
  return range?.[0] ?? 0;
}
