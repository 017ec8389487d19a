import { titleOf } from "../journal/entities.ts";
import type { EntityType, FieldsByType } from "../protocol/entity.ts";
import { evenSpaces } from "./quote.ts";
import { isLittle, isSameWord, isUnspaced, wordsOf } from "./same-word.ts";

/** Longer passages name too many things to be evidence of one, in characters. */
export const LONGEST_PASSAGE = 300;

type Fields = Partial<FieldsByType[EntityType]>;

/**
 * Whether a passage is about one entity: it has the title, or nearly all of it, in any order and form of the words, and
 * hardly anything else. A list of words is about none: one word of a title is not enough, unless it is all and long.
 */
export function isNamedIn(type: EntityType, fields: Fields, passage: string): boolean {
  if (evenSpaces(passage).length > LONGEST_PASSAGE) return false;
  const words = wordsOf(titleOf(type, fields));
  const said = wordsOf(passage);
  const { found, used } = pairUp(words, said);
  const telling = found.filter((word) => !isLittle(word));
  const wanted = words.filter((word) => !isLittle(word));
  const isWhole = telling.length === wanted.length;
  if (!isWhole && telling.length < ENOUGH) return false;
  return (
    telling.reduce((sum, word) => sum + weightOf(word), 0) >= ENOUGH &&
    lettersOf(telling) > MOST * lettersOf(wanted) &&
    lettersOf(used) >= (isWhole ? HALF : MOST) * lettersOf(said)
  );
}

/** Whether a passage is about a project, or has its whole name, which is often one word, in any spacing. */
export function isSharedIn(fields: Fields, passage: string): boolean {
  if (isNamedIn("project", fields, passage)) return true;
  const name = wordsOf(titleOf("project", fields)).join("");
  const said = wordsOf(passage);
  return name !== "" && said.some((_, at) => beginsWithWords(said.slice(at), name));
}

function beginsWithWords(words: readonly string[], joined: string): boolean {
  let begin = "";
  for (const word of words) {
    if (begin.length >= joined.length) break;
    begin += word;
  }
  return begin === joined;
}

/** Finds each word of a title among those that are said; each of these counts for one word. */
function pairUp(words: readonly string[], said: readonly string[]) {
  const left = [...said];
  const found: string[] = [];
  const used: string[] = [];
  for (const word of words) {
    const exact = left.indexOf(word);
    const at = exact === -1 ? left.findIndex((other) => isSameWord(word, other)) : exact;
    if (at === -1) continue;
    found.push(word);
    used.push(...left.splice(at, 1));
  }
  return { found, used };
}

// Two words, one that is as long as two ("Steuererklärung"), or four characters that are words of their own.
const ENOUGH = 2;
const LONG_WORD = 12;
// Of the letters of a title and of a passage.
const MOST = 2 / 3;
const HALF = 1 / 2;

function weightOf(word: string): number {
  if (isUnspaced(word)) return 0.5;
  if (word.length === 1) return 0;
  return word.length < LONG_WORD ? 1 : 2;
}

function lettersOf(words: readonly string[]): number {
  return words.join("").length;
}
