import { entityKey, titleOf } from "../journal/entities.ts";
import type { EntityType, FieldsByType } from "../protocol/entity.ts";
import { evenSpaces } from "./quote.ts";

/** Longer passages name too many things to be evidence of one, in characters. */
export const LONGEST_PASSAGE = 300;

// Words of this length count as the same if one begins with the other: "renew" and "renewed". A title of this length
// is found in a passage whatever its spacing.
const STEM = 4;

/**
 * Whether a passage names an entity: it has the title (case, width and spacing aside), or more than half of the
 * title's words, counted by their letters, in any order, case and ending.
 */
export function isNamedIn(
  type: EntityType,
  fields: Partial<FieldsByType[EntityType]>,
  passage: string,
): boolean {
  if (evenSpaces(passage).length > LONGEST_PASSAGE) return false;
  const title = titleOf(type, fields);
  const key = entityKey(title);
  if (key.length >= STEM && entityKey(passage).includes(key)) return true;
  const said = wordsOf(passage);
  const words = wordsOf(title);
  const found = words.filter((word) => said.some((other) => isSameWord(word, other)));
  return 2 * found.join("").length > words.join("").length;
}

function isSameWord(left: string, right: string): boolean {
  if (left === right) return true;
  if (Math.min(left.length, right.length) < STEM) return false;
  return left.startsWith(right) || right.startsWith(left);
}

// Also finds the words of scripts without spaces.
const segmenter = new Intl.Segmenter("en", { granularity: "word" });

function wordsOf(text: string): string[] {
  const segments = [...segmenter.segment(text.normalize("NFKC").toLowerCase())];
  return [...new Set(segments.filter((one) => one.isWordLike).map(({ segment }) => segment))];
}
