import { expect, test } from "vitest";
import {
  lineAt,
  listSources,
  type Node,
  readSource,
  readText,
  type Source,
  walk,
} from "./helper/source.ts";

/*
 * The length of functions and files, the form of messages, and phrases that need a second reading. The lists of
 * exceptions only shrink.
 */

const LONGEST_FUNCTION = 70;
const LONGEST_FILE = 400;

/** Functions that are longer, with their lines. A migration is never edited, so it is not measured. */
const LONG_FUNCTIONS: Readonly<Record<string, number>> = {
  "daemon/daemon.ts startDaemon": 120,
};

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

const code = listSources(["daemon/**/*.{ts,tsx,js}", "tray/**/*.ts"]).map(readSource);
const functions = code.flatMap(listFunctions);

test("enough was read for the rules to mean something", () => {
  expect(code.length).toBeGreaterThan(300);
  expect(functions.length).toBeGreaterThan(2_000);
  expect(code.flatMap(listMessages).length).toBeGreaterThan(300);
});

test(`a function has at most ${LONGEST_FUNCTION} lines`, () => {
  const long = functions.filter(({ lines }) => lines > LONGEST_FUNCTION);
  const grown = long.filter(({ name, lines }) => lines > (LONG_FUNCTIONS[name] ?? 0));
  expect(grown, "split it: a function is a paragraph").toEqual([]);
});

test("a function that is short by now is no exception any more", () => {
  const long = functions.filter(({ lines }) => lines > LONGEST_FUNCTION);
  const stale = Object.keys(LONG_FUNCTIONS).filter((name) =>
    long.every((one) => one.name !== name),
  );
  expect(stale, "remove it from the list").toEqual([]);
});

test(`a file has at most ${LONGEST_FILE} lines`, () => {
  const files = listSources([
    "{daemon,tray,migrations,test}/**/*.{ts,tsx,js,css}",
    "*.{ts,js}",
  ]).map((file) => ({ file, lines: countLines(file) }));
  expect(files.filter(({ lines }) => lines > LONGEST_FILE)).toEqual([]);
});

test("a message is a sentence with a capital and a full stop, and so is a hint", () => {
  const bad = code
    .flatMap(listMessages)
    .filter(({ text }) => !isSentence(text))
    .map(({ place, text }) => `${place} ${text}`);
  expect(bad, 'write it as: The value "x" is not a date.').toEqual([]);
});

/** Phrases that cost a second reading, with how to say it instead. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bstands?\b|\bstood\b/giu, "is, is written, exists"],
  [/\b(?:is|are|was|were|be|been) told\b/giu, "learns, is shown"],
  [/\btells? of\b/giu, "describes, reports"],
  [/\bc(?:o|a)mes? (?:out )?of\b/giu, "results from, is made from"],
  [/\bmend(?:s|ed|ing)?\b/giu, "fix"],
  [/\btak(?:e|es|en|ing) up\b|\btook up\b/giu, "starts, continues"],
  [/\b(?:is|are|was|were) none\b/giu, "name what it is not, or say it does not exist"],
  [/\bnobody\b/giu, "no one, or turn the sentence round"],
  [/\bshall\b/giu, "must, will"],
  [/\bthose of\b/giu, "repeat the noun"],
  [/\bwhat (?:is|are|was|were) (?:to be|left to)\b/giu, "name the thing"],
];

/** Texts that keep such a word, as `file word`, and why. */
const KEPT: Readonly<Record<string, string>> = {
  "daemon/agent/prompt.ts stands": "a model reads it: another word is another prompt",
  "daemon/agent/prompt.ts stand": "the same",
  "daemon/agent/tools/create-task.ts What is to be": "the same",
  "daemon/preprocess/extract/json.ts stand": "the same",
  "daemon/rules/imperative.ts mend": "a verb that documents use",
  "tray/availability.ts is none": "the value of a setting",
};

test("phrases that need a second reading do not come back", () => {
  const found = code.flatMap(listPhrases).filter(({ file, hit }) => !(`${file} ${hit}` in KEPT));
  expect(found.map(({ file, line, hit, say }) => `${file}:${line} ${hit}: ${say}`)).toEqual([]);
});

/** Every function with its name, as `file name`, and its lines from head to closing brace. */
function listFunctions(source: Source): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = [];
  walk(source.program, (node, parents) => {
    if (!FUNCTIONS.has(node.type)) return;
    const parent = parents.at(-1);
    const named = node["id"] ?? parent?.["key"] ?? parent?.["id"];
    const name = (named as { name?: string } | null | undefined)?.name ?? "(anonymous)";
    const lines = source.text.slice(node.start, node.end).split("\n").length;
    found.push({ name: `${source.file} ${name}`, lines });
  });
  return found;
}

interface Found {
  /** `file:line` */
  place: string;
  text: string;
}

/**
 * What people read of an error or a problem: the message of a RunnerError, and every value of a property or
 * variable called message or hint. `…` is in the place of a value.
 */
function listMessages(source: Source): Found[] {
  const found: Found[] = [];
  const add = (node: unknown): void => {
    for (const text of textsOf(node as Node)) {
      found.push({ place: `${source.file}:${lineAt(source, (node as Node).start)}`, text });
    }
  };
  walk(source.program, (node) => {
    const callee = node["callee"] as { name?: string } | undefined;
    if (node.type === "NewExpression" && callee?.name === "RunnerError") {
      add((node["arguments"] as Node[])[1]);
    }
    const name = ((node["key"] ?? node["id"]) as { name?: string } | null | undefined)?.name;
    if (name !== "message" && name !== "hint") return;
    if (node.type === "Property") add(node["value"]);
    if (node.type === "VariableDeclarator") add(node["init"]);
  });
  return found;
}

/** The static texts that an expression can be. */
function textsOf(node: Node | null | undefined): string[] {
  switch (node?.type) {
    case "Literal":
      return typeof node["value"] === "string" ? [node["value"]] : [];
    case "TemplateLiteral": {
      const quasis = node["quasis"] as { value: { cooked: string } }[];
      return [quasis.map(({ value }) => value.cooked).join("…")];
    }
    case "ConditionalExpression":
      return [node["consequent"], node["alternate"]].flatMap((each) => textsOf(each as Node));
    case "LogicalExpression":
      return [node["left"], node["right"]].flatMap((each) => textsOf(each as Node));
    default:
      return [];
  }
}

/** A value may begin or end it. */
function isSentence(text: string): boolean {
  return text === "" || (/^[\p{Lu}\d"“`…]/u.test(text) && /[.?!:…]$/u.test(text));
}

interface Phrase {
  file: string;
  line: number;
  hit: string;
  /** How to say it instead. */
  say: string;
}

function listPhrases(source: Source): Phrase[] {
  const texts: { text: string; start: number }[] = source.comments.map(({ value, start }) => ({
    text: value.replaceAll(/\n\s*\*?/gu, " "),
    start,
  }));
  walk(source.program, (node) => {
    const isText = node.type === "Literal" || node.type === "TemplateLiteral";
    const inPage = node.type === "JSXText" ? [String(node["value"])] : [];
    for (const text of isText ? textsOf(node) : inPage) {
      if (/\s/u.test(text)) texts.push({ text, start: node.start });
    }
  });
  return texts.flatMap(({ text, start }) =>
    PHRASES.flatMap(([pattern, say]) =>
      [...text.matchAll(pattern)].map(([hit]) => {
        return { file: source.file, line: lineAt(source, start), hit, say };
      }),
    ),
  );
}

function countLines(file: string): number {
  return readText(file).split("\n").length - 1;
}
