// Code hides what is in it from CommonMark. A viewer that knows formulas, tags, org or other links may see a mark of its
// own first, which takes the beginning of the code into itself: then what the code hid is live.
import { type Edit, insert, isEscaped } from "./text-edit.ts";

// What may be between a space and code. A tag or an address ends at a space, and may have a backtick in it.
const BEFORE_CODE = /^[([{"'“‘„«|*_~>–—\-/,;:.]*$/u;
// What opens with the same mark that closes it, at the beginning of a word.
const PAIRED = /(?<![\p{L}\p{N}\\])(?:[*][*]|__|~~|==|\^\^|[*_](?=[^\s*_]))/gu;

// Characters to look back in a paragraph.
const FARTHEST = 4_000;

/** Whether some viewer may not take a part of a line for code, or end it at another place. */
export function isDoubtful(text: string, start: number, end: number): boolean {
  const code = text.slice(start, end).replaceAll(/^`+|`+$/gu, "");
  if (/[`\n]/u.test(code)) return true;
  const first = startOfParagraph(text, start);
  if (start - first > FARTHEST) return true;
  const [word = ""] = /\S*$/u.exec(text.slice(first, start).replaceAll(/`[^`\n]+`/gu, "")) ?? [];
  if (!BEFORE_CODE.test(word)) return true;
  const before = text.slice(first, start).replaceAll(/`[^`\n]*`|\\[^]|^[ \t>]*[*+-](?= )/gmu, "");
  const count = (mark: string): number => before.split(mark).length - 1;
  if (code.includes("]") && count("[") > count("]")) return true;
  if (code.includes(")") && count("(") > count(")")) return true;
  return (before.match(PAIRED) ?? []).some((mark) => code.includes(mark));
}

/** What to escape before code that hides something, so that nothing reaches into the code. */
export function findOpeners(
  text: string,
  hidden: readonly Edit[],
  isCode: (at: number) => boolean,
): Edit[] {
  const last = Math.max(-1, ...hidden.map(({ start }) => start));
  if (last === -1) return [];
  const isFree = (at: number): boolean => !isEscaped(text, at) && !isCode(at);
  // A backslash before a bracket is the mark of a formula, so the bracket is written as its name.
  const brackets = [...text.slice(0, last).matchAll(/\\([[(])/gu)].flatMap(({ index, 1: mark }) => {
    const name = mark === "[" ? "&lbrack;" : "&lpar;";
    return isFree(index) ? [{ start: index, end: index + 2, text: name }] : [];
  });
  const marks: Edit[] = [];
  let done = 0;
  for (const { start } of hidden.toSorted((a, b) => a.start - b.start)) {
    if (start < done) continue;
    const first = startOfParagraph(text, start);
    const rest = text.slice(start).search(/\n[ \t]*\n/u);
    done = rest === -1 ? text.length : start + rest;
    const paragraph = text.slice(first, done);
    const isFormula = paragraph.split("$").length > 2;
    for (const { index, 0: mark } of paragraph.matchAll(/[$`]/gu)) {
      const at = first + index;
      if (at < last && (mark === "`" || isFormula) && isFree(at)) marks.push(insert(at, "\\"));
    }
  }
  return [...brackets, ...marks];
}

/**
 * The brackets around disarmed pictures and links. Marked reads the label of a link once more without the backslashes
 * before its brackets.
 */
export function findLabels(text: string, isCode: (at: number) => boolean): Edit[] {
  const around = new Set<number>();
  let open: number[] = [];
  for (const { index, 0: mark } of text.matchAll(/\n[ \t]*\n|[[\]]/gu)) {
    if (isCode(index)) continue;
    const isDisarmed =
      isEscaped(text, index) && (text[index - 2] === "!" || text[index + 1] === "(");
    if (mark.startsWith("\n")) open = [];
    else if (isDisarmed) for (const at of open.splice(0)) around.add(at);
    else if (isEscaped(text, index)) continue;
    else if (mark === "[") open.push(index);
    else open.pop();
  }
  return Array.from(around, (at) => insert(at, "\\"));
}

function startOfParagraph(text: string, at: number): number {
  for (let end = at; ;) {
    const start = text.lastIndexOf("\n", end - 1) + 1;
    if (end !== at && text.slice(start, end).trim() === "") return end;
    if (start === 0) return 0;
    end = start - 1;
  }
}

/** Escapes for the marks around code, which make a text of it. */
export function escapeFences(text: string, start: number, end: number): Edit[] {
  const code = text.slice(start, end);
  const before = /^[`~]*/u.exec(code)?.[0].length ?? 0;
  const after = /[`~]*$/u.exec(code)?.[0].length ?? 0;
  const marks = [
    ...Array.from({ length: before }, (_, index) => start + index),
    ...Array.from({ length: after }, (_, index) => end - 1 - index),
  ];
  return [...new Set(marks)].map((at) => insert(at, "\\"));
}
