import type { Document } from "../protocol/document.ts";
import { diffLines } from "./line-diff.ts";
import { estimateTokens, rangeOfText } from "./tokens.ts";

// A shorter text is sent whole: that is simple, and costs little.
const SHORTEST_TEXT = 2_000;
// Of the tokens of the whole text; above it the whole is the better prompt.
const LARGEST_SHARE = 0.5;
// Unchanged lines before and after a change.
const CONTEXT = 3;

/** What changed in a text, for a model to read. */
export interface TextChanges {
  text: string;
  /** Whether lines were removed. */
  has_removed: boolean;
}

/**
 * The passages of a document that differ from an earlier text, in the form of a diff; undefined where the whole is short,
 * or not much longer than they are.
 *
 * @param hidesRemoved whether lines that are no longer there are counted and not shown
 */
export function describeChanges(
  earlier: string,
  { text, headings }: Pick<Document, "text" | "headings">,
  hidesRemoved: boolean,
): TextChanges | undefined {
  const whole = tokensOf(text);
  if (whole < SHORTEST_TEXT || earlier === text) return undefined;
  const [before, after] = [earlier.split("\n"), text.split("\n")];
  const rows = toRows(before, after, hidesRemoved);
  const shown: string[] = [];
  let last = -1;
  for (const [index, { line }] of rows.entries()) {
    if (!isNear(rows, index)) continue;
    if (index !== last + 1 || shown.length === 0) {
      const heading = headings.findLast((candidate) => candidate.line < line);
      shown.push(`@@ line ${line + 1}${heading === undefined ? "" : `, in: ${heading.text}`} @@`);
    }
    shown.push(rows[index]?.text ?? "");
    last = index;
  }
  const described = shown.join("\n");
  if (tokensOf(described) > whole * LARGEST_SHARE) return undefined;
  return { text: described, has_removed: rows.some(({ kind }) => kind === "removed") };
}

interface Row {
  kind: "same" | "added" | "removed";
  text: string;
  /** 0-based, in the new text. */
  line: number;
}

function toRows(before: readonly string[], after: readonly string[], hidesRemoved: boolean): Row[] {
  const { old_of } = diffLines(before, after);
  const rows: Row[] = [];
  const remove = (from: number, to: number, line: number): void => {
    const lines = before.slice(from, to);
    if (lines.length === 0) return;
    const shown = hidesRemoved ? [`(removed lines: ${lines.length})`] : lines;
    for (const text of shown) rows.push({ kind: "removed", text: `- ${text}`, line });
  };
  // The old line that each line, or the next one that is not new, was before.
  const until = Int32Array.from(old_of);
  for (let line = after.length - 1; line >= 0; line -= 1) {
    if ((until[line] ?? -1) < 0) until[line] = until[line + 1] ?? before.length;
  }
  let next = 0;
  for (const [line, text] of after.entries()) {
    const old = old_of[line] ?? -1;
    remove(next, until[line] ?? next, line);
    next = (until[line] ?? next) + (old >= 0 ? 1 : 0);
    const kind = old >= 0 ? "same" : "added";
    rows.push({ kind, text: `${kind === "same" ? " " : "+"} ${text}`, line });
  }
  remove(next, before.length, after.length - 1);
  return rows;
}

function isNear(rows: readonly Row[], index: number): boolean {
  for (let at = index - CONTEXT; at <= index + CONTEXT; at += 1) {
    if ((rows[at]?.kind ?? "same") !== "same") return true;
  }
  return false;
}

function tokensOf(text: string): number {
  return estimateTokens(rangeOfText(text), {});
}
