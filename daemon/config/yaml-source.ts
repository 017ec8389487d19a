import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from "yaml";
import type { Alias, Document, ErrorCode } from "yaml";
import type { KeyPath } from "../core/finding.ts";

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

/** The faults without repetitions on one line. */
function firstOfEach(faults: readonly SyntaxFault[]): SyntaxFault[] {
  const wordsOf = ({ line, expected }: SyntaxFault): string => `${line} ${expected}`;
  return faults.filter(
    (fault, index) => faults.findIndex((one) => wordsOf(one) === wordsOf(fault)) === index,
  );
}

/** Reads a text as one YAML document. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };

  const faults = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    ...at(pos[0]),
    expected: EXPECTED[code],
  }));
  if (faults.length > 0) return { faults: firstOfEach(faults) };

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
