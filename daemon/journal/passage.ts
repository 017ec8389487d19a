import type { Passage } from "../protocol/explain.ts";

// Characters to show on each side of the quote.
const AROUND = 160;

/** Finds a quote in a text, white space aside; undefined if the text does not have it. */
export function findPassage(text: string, quote: string): Passage | undefined {
  const words = quote
    .trim()
    .split(/\s+/u)
    .map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`));
  if (words[0] === "") return undefined;
  const found = new RegExp(words.join("\\s+"), "u").exec(text);
  if (found === null) return undefined;
  const [passage] = found;
  const end = found.index + passage.length;
  // One more character on each side shows whether the cut is inside a word.
  const before = text.slice(Math.max(0, found.index - AROUND - 1), found.index);
  const after = text.slice(end, end + AROUND + 1);
  return {
    before: before.length > AROUND ? before.replace(/^\S*\s+/u, "") : before,
    quote: passage,
    after: after.length > AROUND ? after.replace(/\s+\S*$/u, "") : after,
  };
}
