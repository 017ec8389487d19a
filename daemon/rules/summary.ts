import { cut } from "./excerpt.ts";
import { plainText } from "./markup.ts";
import type { Outline } from "./outline.ts";
import { splitSentences } from "./sentence.ts";

const MAX_SUMMARY = 1_200;
const MAX_LEAD = 400;
// Enough to find the subject of a document; the summary ignores the rest of a longer one.
const MAX_SENTENCES = 2_000;
const MAX_POINTS = 8;
const MIN_WORDS = 5;
const MAX_SENTENCE = 300;

const ADDRESS = /\bhttps?:\/\/\S+/gu;
const WORD = /\p{L}[\p{L}\p{N}'’-]*/gu;
const SENTENCE_END = /[.!?…]["'”’)\]]*$/u;
const CONCLUSION =
  /\b(?:agreed?|because|conclu\w+|decided|decision|goal|important|in short|must|problem|result\w*|risk|summary|therefore|will)\b/iu;
const COMMON = new Set(
  (
    "about after also and any are because been before being both but can could does each for from had has have " +
    "her here his how into its just like many may more most much must not now one only other our out over she " +
    "should some such than that the their them then there these they this those through too under until use used " +
    "using very was were what when where which while who will with would you your"
  ).split(" "),
);

interface Sentence {
  text: string;
  /** The index of its block in the outline. */
  block: number;
  /** Its meaningful words, each once. */
  words: string[];
}

/**
 * Summarizes a document in Markdown with its own sentences: the whole text if it is short, else its first
 * sentences and, as a list in their order, the sentences with the most frequent words of the text.
 *
 * @param skipped the lines that are recorded as tasks
 */
export function summarize(outline: Outline, skipped: ReadonlySet<number>): string {
  const body = outline.source.slice(outline.bodyStart, outline.envelope.end).join("\n").trim();
  if (body.length <= MAX_SUMMARY) return body;
  const said = readSentences(outline, skipped);
  // Badges and the like may come before the first sentence.
  const start = said.slice(0, 4).findIndex(({ text }) => SENTENCE_END.test(text));
  const sentences = said.slice(Math.max(start, 0));
  const [first] = sentences;
  if (first === undefined) return cutAtLine(body);

  const lead: Sentence[] = [];
  let length = 0;
  for (const sentence of sentences) {
    length += sentence.text.length + 1;
    if (sentence.block !== first.block || (lead.length > 0 && length > MAX_LEAD)) break;
    lead.push(sentence);
  }
  const beginning = lead.map(({ text }) => text).join(" ");
  const points = choosePoints(sentences, lead.length, MAX_SUMMARY - beginning.length - 2);
  return [beginning, points.map(({ text }) => `- ${text}`).join("\n")].join("\n\n").trim();
}

function readSentences(outline: Outline, skipped: ReadonlySet<number>): Sentence[] {
  const sentences: Sentence[] = [];
  const seen = new Set<string>();
  for (const [block, { kind, lines, first }] of outline.blocks.entries()) {
    const isSilent = kind === "heading" || kind === "label" || kind === "row";
    if (isSilent || skipped.has(first)) continue;
    const joined = lines.join(" ");
    // A link over several lines is recognized only in the joined text.
    const text = joined.includes("](") ? plainText(joined) : joined;
    const parts = kind === "item" ? [text] : splitSentences(text).map((part) => part.text);
    for (const sentence of parts) {
      const words = sentence.replaceAll(ADDRESS, "").toLowerCase().match(WORD) ?? [];
      const isSaying = words.length >= MIN_WORDS && sentence.length <= MAX_SENTENCE;
      if (!isSaying || seen.has(sentence)) continue;
      seen.add(sentence);
      const telling = words.filter((word) => word.length > 2 && !COMMON.has(word));
      sentences.push({ text: sentence, block, words: [...new Set(telling)] });
      if (sentences.length === MAX_SENTENCES) return sentences;
    }
  }
  return sentences;
}

/**
 * Chooses the sentences after the first `skip` with the most frequent words of all, in their order. The words of
 * a chosen sentence count half for the next (as in SumBasic, Nenkova and Vanderwende 2005), so that a repeated
 * sentence does not fill the summary.
 */
function choosePoints(all: readonly Sentence[], skip: number, maxLength: number): Sentence[] {
  const uses = new Map<string, number>();
  for (const word of all.flatMap(({ words }) => words)) uses.set(word, (uses.get(word) ?? 0) + 1);
  const weights = new Map([...uses].map(([word, count]) => [word, Math.log2(1 + count)]));
  const halve = ({ words }: Sentence): void => {
    for (const word of words) weights.set(word, (weights.get(word) ?? 0) / 2);
  };
  const score = ({ words, text }: Sentence): number => {
    const weight = words.reduce((sum, word) => sum + (weights.get(word) ?? 0), 0);
    const isWhole = SENTENCE_END.test(text);
    return (weight / (words.length + 5)) * (CONCLUSION.test(text) ? 1.5 : 1) * (isWhole ? 1 : 0.7);
  };

  all.slice(0, skip).forEach(halve);
  const chosen = new Set<Sentence>();
  let left = maxLength;
  while (chosen.size < MAX_POINTS) {
    const fitting = all
      .slice(skip)
      .filter((sentence) => !chosen.has(sentence) && sentence.text.length + 3 <= left);
    const [first, ...others] = fitting.map((sentence) => ({ sentence, score: score(sentence) }));
    if (first === undefined) break;
    const best = others.reduce((top, next) => (next.score > top.score ? next : top), first);
    chosen.add(best.sentence);
    left -= best.sentence.text.length + 3;
    halve(best.sentence);
  }
  return all.filter((sentence) => chosen.has(sentence));
}

/** The first lines of a text without sentences, such as code or a table. */
function cutAtLine(body: string): string {
  const part = cut(body, MAX_SUMMARY);
  const end = part.lastIndexOf("\n");
  return (end > 0 ? part.slice(0, end) : part).trimEnd();
}
