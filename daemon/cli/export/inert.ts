// Makes foreign Markdown inert for the programs that open a vault: nothing in it is loaded, embedded or run, and only
// http, https and mailto links stay links. What it disarms reads as it is written; harmless Markdown keeps its bytes.
//
// Only code needs a parser, because an escape inside of code would show. Viewers differ in what they take for code,
// so the text is read in two ways, and what is live in either is disarmed. Viewers with more markup (formulas, org,
// Hiccup) may see other code still: `trusted-code.ts` lets code hide something only where they all see it. The result
// is read again until nothing is left to do, since each escape may change what follows it.
import type { Code, Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfm } from "micromark-extension-gfm";
import { visibleText } from "../../core/visible-text.ts";
import { apply, type Edit, insert, isEscaped } from "./text-edit.ts";
import { escapeFences, findLabels, findOpeners, isDoubtful } from "./trusted-code.ts";

const WAYS = [{}, { extensions: [gfm()] }];
// Two rounds are usual. Texts that need more are made to need them.
const ROUNDS = 6;
// A text without any of these has nothing to disarm.
const SUSPECT = /[<`~$%{@\\]|!\[|\[[[:]|\]\(|\]:|:\S|--8|#\+/u;
const PROGRAM = /```|~~~|`\s*(?:\$?=|\{|r\s|[A-Z]+\[)/u;
// Without any of these there is no code.
const CODE = /`|~~~|\t| {4}/u;
// What takes the parser more than a second is made to: marks inside of marks, or thousands that match nothing.
const DEEP = /^(?:[ \t]*(?:[>*+-]|\d+[.)])){16}/mu;
const MOST_MARKS = 10_000;

/** The text as Markdown that no program acts on. */
export function toInert(foreign: string): string {
  let text = visibleText(foreign).trim();
  if (!SUSPECT.test(text)) return text;
  if (!PROGRAM.test(text) && findLive(text, () => false).length === 0) return text;
  if (DEEP.test(text) || (text.match(/[[\]*_<`~]/gu) ?? []).length > MOST_MARKS)
    return toPlain(text);
  for (let round = 0; round < ROUNDS; round += 1) {
    const edits = findEdits(text);
    if (edits.length === 0) return text;
    text = apply(text, edits);
  }
  return toPlain(text);
}

/** The text with all markup escaped, line by line. */
function toPlain(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim().replaceAll(/[!-/:-@[-`{-~]/gu, "\\$&"))
    .join("\n");
}

function findEdits(text: string): Edit[] {
  const all = findLive(text, () => false);
  if (!CODE.test(text)) return [...all, ...findLabels(text, () => false)];
  // In how many of the ways each character is code.
  const code = new Uint8Array(text.length);
  const isLive = all.length > 0;
  const found = WAYS.flatMap((way) => read(text, fromMarkdown(text, way), code, isLive));
  // These replace whole blocks, so the rest has to wait for the next round.
  const blocks = found.filter(({ start, end }) => end > start + 1);
  if (blocks.length > 0) return blocks;
  const isCode = (at: number): boolean => code[at] === WAYS.length;
  const hidden = all.filter(({ start }) => isCode(start));
  return [
    ...found,
    ...findLive(text, isCode),
    ...findLabels(text, isCode),
    ...findOpeners(text, hidden, isCode),
  ];
}

// A word that a program might take for an address of its own. Inside of a longer address it is only a part of that.
const SCHEME =
  /(?<![^\s(<"'*_|[{>~,;])(?!https?:|mailto:)(?:[a-z][a-z0-9+.-]*(?=:(?:\/\/|\\\\))|(?:javascript|vbscript|data|file|xmpp|blob|jar|shell|command|obsidian|vscode(?:-insiders)?|view-source|search-ms|ms-[a-z-]+)(?=:\S))/giu;

// An address without a scheme: from a file, it leads to another machine's files.
const HOST = /(?<![:\w/\\])\/\/(?=[\w-]+\.)/gu;

// HTML, but not an address in angle brackets.
const HTML = /<(?=[a-z/!?])(?!(?:https?:\/\/|mailto:)[^\s<>"'`]+>|[\w.+-]+@[\w.-]+>)/giu;
// An address takes a backslash into itself, and ends at this character.
const HTML_AFTER_ADDRESS = /<(?=[a-z/!?])(?<=(?:\w:\/\/|www\.)[^\s<]+<)/giu;

interface Live {
  pattern: RegExp;
  /** Where the backslash goes, from the start of the match. */
  at?: number;
}

// A list of Hiccup in Logseq, which follows an address with its backslash.
const HICCUP_AFTER_ADDRESS = /\[(?=:[a-z])(?<=\w:\/\/[^\s[]{1,1000}\[)/giu;

// Each of these begins something live, unless a backslash is before it. A backslash shows in no viewer.
const LIVE: readonly Live[] = [
  { pattern: HTML },
  // A picture, and links and embeds of a wiki.
  { pattern: /!\[/gu, at: 1 },
  { pattern: /\[(?=\[)|(?<=\[)\[/gu },
  // A link to anything but the web, mail, or a heading of the same text.
  { pattern: /\](?=\()(?!\(\s*<?(?:https?:\/\/[^\s/?#\\]|mailto:|#))/giu },
  // Obsidian's comments, which hide text; formulas, whose commands link and load.
  { pattern: /%(?=%)|(?<=%)%/gu },
  { pattern: /\$(?=\$)|(?<=\$)\$/gu },
  // Templates (Liquid, Logseq), and lines that import a file (Markdown Preview Enhanced, PyMdown).
  { pattern: /\{[{%]/gu, at: 1 },
  // Hiccup, export snippets and blocks of Logseq and org; raw attributes of Pandoc; TeX, which may read files.
  { pattern: /\[(?=:[a-z])/giu },
  { pattern: /@(?=@)|(?<=@)@/gu },
  { pattern: /(?<![\p{L}\p{N}])#(?=\+[a-z])/giu },
  { pattern: /(?<=`)\{(?==)/gu },
  { pattern: /\\(?=[a-z]+\*?\s*[{[]|(?:input|include|openin|openout|read|write|immediate)\b)/giu },
  { pattern: /@(?=import\b)(?<=^[ \t>*+-]*@)/gimu },
  { pattern: /--8<--/gu, at: 3 },
  { pattern: HOST, at: 1 },
];
/** What is live outside of code. Templater looks into code, too. */
function findLive(text: string, isCode: (at: number) => boolean): Edit[] {
  const marks = LIVE.flatMap(({ pattern, at = 0 }) =>
    [...text.matchAll(pattern)].flatMap(({ index }) => {
      const place = index + at;
      return isEscaped(text, place) || isCode(index) ? [] : [insert(place, "\\")];
    }),
  );
  const schemes = [...text.matchAll(SCHEME)].flatMap(({ index, 0: { length } }) =>
    isCode(index) ? [] : [insert(index + length, "\\")],
  );
  const templates = [...text.matchAll(/<(?=%)/gu)].map(({ index }) =>
    insert(index + 1, isCode(index) ? " " : "\\"),
  );
  const tags = [...text.matchAll(HTML_AFTER_ADDRESS)].flatMap(({ index }) =>
    isCode(index) ? [] : [{ start: index, end: index + 1, text: "&lt;" }],
  );
  const hiccup = [...text.matchAll(HICCUP_AFTER_ADDRESS)].flatMap(({ index }) =>
    isCode(index) ? [] : [insert(index + 1, " ")],
  );
  return [
    ...tags,
    ...hiccup,
    ...marks,
    ...findDefinitions(text, isCode),
    ...findFormulas(text, isCode),
    ...schemes,
    ...templates,
  ];
}

// The address of a link, below the text that names it. A footnote of one word looks the same.
const DEFINITION =
  /^([ \t>*+\-\d.)]*\[((?:[^[\]\\]|\\[^]){1,999}))\]:[\s>]*(<[^>\n]*>|\S+)(?!\S)[ \t]*(?=$|["'(])/gmu;

function findDefinitions(text: string, isCode: (at: number) => boolean): Edit[] {
  return [...text.matchAll(DEFINITION)].flatMap(
    ({ index, 1: before = "", 2: label, 3: address }) => {
      const place = index + before.length;
      const isFootnote = label?.startsWith("^") && /^[\p{L}\p{N}.,;!?'-]+$/u.test(address ?? "");
      const isOfWeb = /^<?(?:https?:\/\/[^\s/?#\\]|mailto:|#)/iu.test(address ?? "");
      return isFootnote || isOfWeb || isCode(place) ? [] : [insert(place, "\\")];
    },
  );
}

/** The dollars of formulas with commands, which may link and load. A formula in a line ends with its paragraph. */
function findFormulas(text: string, isCode: (at: number) => boolean): Edit[] {
  const edits: Edit[] = [];
  let start = 0;
  for (const paragraph of text.split(/(\n[ \t]*\n)/u)) {
    if (/\\[a-z]/iu.test(paragraph)) {
      for (const { index } of paragraph.matchAll(/\$/gu)) {
        const place = start + index;
        if (!isEscaped(text, place) && !isCode(place)) edits.push(insert(place, "\\"));
      }
    }
    start += paragraph.length;
  }
  return edits;
}

/** The text with a backslash in each address that does not lead into the web. */
export function breakSchemes(text: string): string {
  return text.replaceAll(SCHEME, "$&\\").replaceAll(HOST, "/\\/");
}

// What a plugin evaluates in a line: Dataview, R Markdown and Quarto, Meta Bind.
const INLINE_PROGRAM = /^\s*(?:\$?=.*[\p{L}\p{N}_]|\{[\w.-]+\}\s|r\s|(?:BUTTON|INPUT|VIEW)\[)/su;

/** Counts the code in `code`, and gives what has to be replaced in it; `isLive` if anything in the text may be live. */
function read(text: string, tree: Nodes, code: Uint8Array, isLive: boolean): Edit[] {
  return nodesOf(tree).flatMap((node) => {
    if (node.type !== "code" && node.type !== "inlineCode") return [];
    const start = node.position?.start.offset ?? 0;
    const end = node.position?.end.offset ?? 0;
    for (let at = start; at < end; at += 1) code[at] = (code[at] ?? 0) + 1;
    if (node.type === "code") {
      return isLive && isNested(node.value)
        ? escapeFences(text, start, end)
        : disarmBlock(text, node, start, end);
    }
    if (hidesLive(node.value) && isDoubtful(text, start, end))
      return escapeFences(text, start, end);
    if (!INLINE_PROGRAM.test(node.value)) return [];
    const [ticks = ""] = /^`+\s*/u.exec(text.slice(start, end)) ?? [];
    return [insert(start + ticks.length, "\\")];
  });
}

/** All nodes of a tree, which may be deep. */
function nodesOf(tree: Nodes): Nodes[] {
  const nodes = [tree];
  for (const node of nodes) if ("children" in node) nodes.push(...node.children);
  return nodes;
}

// Languages that viewers colour. All others may be drawn or run: dataviewjs, query, mermaid, plantuml, run-python …
const COLOURED = new Set(
  (
    "txt plain plaintext md markdown json jsonc json5 jsonl yaml yml toml ini cfg conf properties env csv tsv xml html css scss less log " +
    "diff patch http sql graphql proto js javascript jsx mjs cjs ts typescript tsx vue svelte py python rb ruby php perl pl lua r " +
    "julia sh bash zsh fish shell console powershell ps1 bat cmd c h cc cpp c++ hpp objective-c cs csharp c# fs fsharp vb java kt " +
    "kotlin scala groovy go golang rs rust swift dart hs haskell ml ocaml ex elixir erl erlang clj clojure lisp elisp scheme vim tex " +
    "latex make makefile cmake dockerfile docker nginx apache terraform hcl nix zig asm wasm awk sed org rst"
  ).split(" "),
);

/** What has to change in a block of code. */
function disarmBlock(text: string, node: Code, start: number, end: number): Edit[] {
  const raw = text.slice(start, end);
  const [, fence, space = "", info = ""] = /^(`{3,}|~{3,})([ \t]*)([^\n]*)/u.exec(raw) ?? [];
  if (fence === undefined) return fenceIndented(text, node, start, end);
  if (!isClosed(raw, fence)) {
    // Without a fence at its end, viewers disagree on what is code below it.
    if (end === text.length && start === text.lastIndexOf("\n", start - 1) + 1) {
      return [insert(end, `\n${fence}`)];
    }
    return Array.from(fence, (_character, index) => insert(start + index, "\\"));
  }
  // Some viewers take a line below a quote for a part of it, whatever it begins with.
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const above = text.slice(text.lastIndexOf("\n", lineStart - 2) + 1, lineStart).trimStart();
  const isBelowQuote = above.startsWith(">") && !text.slice(lineStart, start).includes(">");
  if (isBelowQuote && hidesLive(node.value)) return [insert(lineStart, "\n")];
  const at = start + fence.length + space.length;
  // Quarto and Markdown Preview Enhanced run a block for what braces say.
  const braces = [...info.matchAll(/[{}]/gu)].map(({ index, 0: brace }) => ({
    start: at + index,
    end: at + index + 1,
    text: brace === "{" ? "(" : ")",
  }));
  const word = info.trim().toLowerCase();
  if (word === "" || COLOURED.has(word) || /^text(?: |$)/u.test(word)) return braces;
  return braces.length > 0 ? braces : [insert(at, "text ")];
}

function hidesLive(code: string): boolean {
  return findLive(code, () => false).length > 0;
}

/** Whether a block has a fence in it, which some viewers take for its end. */
function isNested(code: string): boolean {
  return /^[\s>]*(?:`{3}|~{3})/mu.test(code);
}

function isClosed(raw: string, fence: string): boolean {
  const last = raw
    .slice(raw.lastIndexOf("\n") + 1)
    .replace(/^[\s>]*/u, "")
    .trimEnd();
  return (
    raw.includes("\n") &&
    last.length >= fence.length &&
    last === fence.charAt(0).repeat(last.length)
  );
}

/** Viewers disagree on which indented lines are code, so those that would be live otherwise get a fence. */
function fenceIndented(text: string, { value }: Code, start: number, end: number): Edit[] {
  if (!hidesLive(value) && !/```|~~~/u.test(value)) return [];
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const before = text.slice(lineStart, start).replaceAll(/[^>]/gu, " ");
  const longest = Math.max(2, ...(value.match(/`+/gu) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const lines = [`${fence}text`, ...value.split("\n"), fence];
  return [{ start, end, text: lines.join(`\n${before}`) }];
}
