// Characters to show before and after the word.
const BEFORE = 60;
const AFTER = 120;
// The most characters in which to look for a word: a snippet must not take as long as the search.
const LOOKED_AT = 400_000;

const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** The words of a text: runs of letters, digits and marks. */
export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** A word without case and accents. */
function evenOut(word: string): string {
  return word
    .normalize("NFD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .toLowerCase();
}

/** The text around the first of these words, in one line; the start of the text if none of them occurs. */
export function snippetOf(text: string, words: readonly string[]): string {
  const at = findWord(text.slice(0, LOOKED_AT), words.map(evenOut));
  const start = at <= BEFORE ? 0 : at - BEFORE;
  const end = at + AFTER;
  const cut = text.slice(start, end).replaceAll(/\s+/g, " ").trim().toWellFormed();
  return `${start > 0 ? "…" : ""}${cut}${end < text.length ? "…" : ""}`;
}

function findWord(text: string, words: readonly string[]): number {
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const even = evenOut(word);
    if (words.some((wanted) => even.startsWith(wanted))) return index;
    // In such a script a whole sentence is one word.
    const inside = words.find((wanted) => isUnspaced(wanted) && even.includes(wanted));
    if (inside !== undefined) return index + Math.max(0, word.indexOf(inside));
  }
  return 0;
}

/** Whether a word is of a script that puts no spaces between words. */
export function isUnspaced(word: string): boolean {
  return /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u.test(
    word,
  );
}
