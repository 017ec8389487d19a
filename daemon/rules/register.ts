import { type Envelope, isBulk } from "./mail.ts";
import type { Block } from "./block.ts";

/**
 * To whom a document speaks. correspondence: people write or talk to each other, and ask and promise things.
 * personal: people write for themselves. other: an apparent request may be meant for anyone, as in instructions,
 * contracts and advertising.
 */
export type Register = "correspondence" | "personal" | "other";

const SALUTATION =
  /^(?:dear|hi|hello|hey|good (?:morning|afternoon|evening|day)|to whom it may concern)\b.{0,60}[,:!]?$/iu;
const FIRST_LINES = 40;
const I = /(?<![\p{L}\p{N}])(?:I|I['’](?:m|ve|ll|d)|me|my|myself)(?![\p{L}\p{N}])/gu;
// Mail to many readers at once.
const BULK =
  /\b(?:unsubscribe|do\s+not\s+reply|you\s+(?:get|receive|are\s+receiving)\s+this\s+(?:e-?mail|letter|message|newsletter))\b/iu;
const MAX_LOOKED_AT = 20_000;
// A personal text has an "I" in so many words, and at least so many in all.
const WORDS_FOR_I = 60;
const TIMES_OF_I = 3;

/** Finds to whom a document speaks. */
export function registerOf(blocks: readonly Block[], envelope: Envelope): Register {
  if (envelope.isMail) return isBulk(envelope) ? "other" : "correspondence";
  if (blocks.some(({ kind }) => kind === "said")) return "correspondence";
  const isLetter = blocks
    .filter(({ first, kind }) => first < envelope.start + FIRST_LINES && kind !== "item")
    .some(({ lines }) => lines.some((line) => SALUTATION.test(line)));
  let text = "";
  for (const { lines } of blocks) {
    if (text.length > MAX_LOOKED_AT) break;
    text += ` ${lines.join(" ")}`;
  }
  if (BULK.test(text)) return "other";
  if (isLetter) return "correspondence";
  const times = text.match(I)?.length ?? 0;
  const words = text.match(/\p{L}+/gu)?.length ?? 0;
  return times >= TIMES_OF_I && times * WORDS_FOR_I >= words ? "personal" : "other";
}
