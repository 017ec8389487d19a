const SENTENCES = new Intl.Segmenter("en", { granularity: "sentence" });
const ABBREVIATED = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|no|dr|mr|mrs|ms|prof|st|tel|approx)\.\s*$/iu;

/** Splits a text of one line into sentences, each with its index in the text. */
export function splitSentences(text: string): { text: string; index: number }[] {
  // Most lines are one sentence, and the segmenter is slow to start.
  if (!/[.!?…]\s/u.test(text)) return [{ text: text.trim(), index: 0 }];
  const sentences: { text: string; index: number }[] = [];
  for (const { segment, index } of SENTENCES.segment(text)) {
    const last = sentences.at(-1);
    if (last !== undefined && ABBREVIATED.test(last.text.slice(-12))) last.text += segment;
    else sentences.push({ text: segment, index });
  }
  return sentences.map((sentence) => ({ ...sentence, text: sentence.text.trim() }));
}

/** A text without the stops and commas at its end. */
export function withoutStop(text: string): string {
  return text.replace(/(?<![\s.:,])[\s.:,]+$/u, "");
}

/** Whether a text has at least this many words. */
export function hasWords(text: string, count: number): boolean {
  return text.trim().split(/\s+/u).length >= count;
}
