import { cut } from "./excerpt.ts";
import type { Outline } from "./outline.ts";

const MAX_SUMMARY = 1_200;
const MAX_LEAD = 400;
// Enough to find what a document is about; a longer one is summed up by its beginning.
const MAX_SENTENCES = 2_000;
const MIN_WORDS = 5;
const MAX_SENTENCE = 300;

const SENTENCES = new Intl.Segmenter("en", { granularity: "sentence" });
const ABBREVIATED = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|no|dr|mr|mrs|ms|prof|st)\.\s*$/iu;
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
  block: number;
  words: string[];
}

/**
 * A summary in Markdown made of the document's own sentences: the whole text where that is short, else
 * its first sentences and, as a list in their order, those that say most of what the text often speaks of.
 *
 * @param skipped the lines that are recorded elsewhere, as tasks
 */
export function summarize(outline: Outline, skipped: ReadonlySet<number>): string {
  const body = outline.source.slice(outline.bodyStart).join("\n").trim();
  if (body.length <= MAX_SUMMARY) return body;
  const sentences = readSentences(outline, skipped);
  const [first] = sentences;
  if (first === undefined) return cutAtLine(body);

  const lead: Sentence[] = [];
  let length = 0;
  for (const sentence of sentences) {
    length += sentence.text.length + 1;
    if (sentence.block !== first.block || (lead.length > 0 && length > MAX_LEAD)) break;
    lead.push(sentence);
  }
  length = lead.reduce((sum, { text }) => sum + text.length + 1, 0);
  const rest = sentences.slice(lead.length);
  const chosen = new Set<Sentence>();
  for (const sentence of rankedByContent(rest, sentences)) {
    const added = sentence.text.length + 3;
    if (length + added > MAX_SUMMARY) continue;
    length += added;
    chosen.add(sentence);
  }
  const points = rest.filter((sentence) => chosen.has(sentence)).map(({ text }) => `- ${text}`);
  return [lead.map(({ text }) => text).join(" "), points.join("\n")].join("\n\n").trim();
}

function readSentences(outline: Outline, skipped: ReadonlySet<number>): Sentence[] {
  const sentences: Sentence[] = [];
  const seen = new Set<string>();
  for (const [block, { kind, lines, first }] of outline.blocks.entries()) {
    if (kind === "heading" || kind === "label" || skipped.has(first)) continue;
    const text = lines.join(" ");
    for (const sentence of kind === "item" ? [text] : splitSentences(text)) {
      const words = sentence.toLowerCase().match(/\p{L}[\p{L}\p{N}'’-]*/gu) ?? [];
      const isSaying = words.length >= MIN_WORDS && sentence.length <= MAX_SENTENCE;
      if (!isSaying || seen.has(sentence)) continue;
      seen.add(sentence);
      sentences.push({ text: sentence, block, words });
      if (sentences.length === MAX_SENTENCES) return sentences;
    }
  }
  return sentences;
}

function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  for (const { segment } of SENTENCES.segment(text)) {
    const last = sentences.at(-1);
    if (last !== undefined && ABBREVIATED.test(last))
      sentences[sentences.length - 1] = last + segment;
    else sentences.push(segment);
  }
  return sentences.map((sentence) => sentence.trim());
}

/** The sentences, those first whose words the whole text uses most; of equals, the earlier. */
function rankedByContent(some: readonly Sentence[], all: readonly Sentence[]): Sentence[] {
  const uses = new Map<string, number>();
  for (const { words } of all) {
    for (const word of words) {
      if (word.length > 2 && !COMMON.has(word)) uses.set(word, (uses.get(word) ?? 0) + 1);
    }
  }
  const score = ({ words, text, block }: Sentence, index: number): number => {
    const weight = [...new Set(words)].reduce(
      (sum, word) => sum + Math.log2(1 + (uses.get(word) ?? 0)),
      0,
    );
    const isFirst = some[index - 1]?.block !== block;
    return (weight / (words.length + 5)) * (CONCLUSION.test(text) ? 1.3 : 1) * (isFirst ? 1.2 : 1);
  };
  return some
    .map((sentence, index) => ({ sentence, score: score(sentence, index) }))
    .toSorted((left, right) => right.score - left.score)
    .map(({ sentence }) => sentence);
}

/** What has no sentences, such as code or a table, is shown by its first lines. */
function cutAtLine(body: string): string {
  const part = cut(body, MAX_SUMMARY);
  const end = part.lastIndexOf("\n");
  return (end > 0 ? part.slice(0, end) : part).trimEnd();
}
