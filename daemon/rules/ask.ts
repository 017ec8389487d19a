import { findDue, findDuePhrase } from "./due-date.ts";
import { isVerb } from "./imperative.ts";
import type { Register } from "./register.ts";

/** Something that a sentence asks for or promises. */
export interface Ask {
  /** An imperative, if the sentence allows it. */
  text: string;
  /** The part of the sentence before it. */
  before: string;
  /** The speaker is to do it. */
  isOwn: boolean;
}

type Kind = "request" | "promise" | "duty" | "memo";

// Words between a cue and its verb.
const SOFT = String.raw`(?:\s+(?:please|pls|plz|kindly|also|maybe|perhaps|possibly|then|just|quickly|now|all|both|again|still|really|definitely|probably|certainly|gladly|personally|try\s+to|go\s+and|remember\s+to|not\s+forget\s+to))*\s*,?\s+(?=\p{L})`;
const YOU = String.raw`(?:you|someone|somebody|anyone|anybody|everyone|everybody|one\s+of\s+you|all\s+of\s+you)`;
const NOT_IN_WORD = String.raw`(?<![\p{L}\p{N}'’-])`;

/** Each cue, with the kind of the words after it. Every pattern is bounded and tried on one sentence at a time. */
const CUES: readonly { kind: Kind; pattern: RegExp }[] = [
  // "could you also …", "can somebody please …"
  {
    kind: "request",
    pattern: cue(String.raw`(?:can|could|will|would)\s+${YOU}(?:\s+(?:guys|two))?`),
  },
  { kind: "request", pattern: cue("(?:please|pls|plz|kindly)(?!\\s*,)") },
  // "I need you to …", "we would ask you to …", "I'd like somebody to …"
  {
    kind: "request",
    pattern: cue(
      String.raw`(?:i|we)(?:['’]d|['’]ll|\s+would|\s+will|\s+must)?(?:\s+(?:also|still|just|really|kindly))?\s+(?:need|want|ask|like|beg|urge|expect|invite)\s+${YOU}\s+to`,
    ),
  },
  // "I'd also need a copy of …"
  {
    kind: "request",
    pattern:
      /(?<![\p{L}'’])(?:i|we)(?:['’]d|\s+would)?(?:\s+(?:also|still|just))?\s+need\s+(?=(?:an?|the|your|some|copies|\d+)\s)/giu,
  },
  // "it would be great if you could …"
  {
    kind: "request",
    pattern: cue(
      String.raw`(?:lovely|great|nice|good|helpful|kind|wonderful|perfect|appreciate(?:\s+it)?|grateful|glad|happy)\s+if\s+${YOU}\s+(?:can|could|would)`,
    ),
  },
  {
    kind: "promise",
    pattern: cue(String.raw`i(?:['’]ll|\s+will|\s+shall|(?:['’]m|\s+am)\s+going\s+to)`),
  },
  // "I take care of …", "I booked the room and will call …", "I promised Ann the numbers"
  { kind: "promise", pattern: /(?<![\p{L}'’])i\s+(?=(?:take\s+care\s+of|look\s+after)\s)/giu },
  { kind: "promise", pattern: /(?<=^i\b.{1,200})\band\s+will\s+(?=\p{L})/giu },
  { kind: "promise", pattern: /(?<![\p{L}'’])i\s+(?:have\s+)?(?=promised\s+(?!to\b)\p{L})/giu },
  {
    kind: "duty",
    pattern: cue(
      String.raw`i(?:\s+(?:really|still|also|just|do|definitely))*\s+(?:must|(?:have|need|ought)\s+to)`,
    ),
  },
  { kind: "promise", pattern: cue(String.raw`i(?:\s+have|['’]ve)?\s+promised\s+to`) },
  // "Gran wants me to …"
  {
    kind: "duty",
    pattern: cue(String.raw`(?:wants?|asks?|asked|told|reminded|expects)\s+me\s+to`),
  },
  { kind: "memo", pattern: /^note\s+to\s+self\s*[:,–—-]\s*(?=\p{L})/giu },
];
// These sentences leave out their "I"; one with "must" may also state a requirement.
const SHORT_DUTY = new RegExp(
  String.raw`^(?:(?:really|still|also)\s+)?(?:must|remember\s+to)${SOFT}`,
  "iu",
);
const SHORT_MEMO = new RegExp(
  String.raw`^(?:(?:really|still|also)\s+)?(?:need\s+to|have\s+to|gotta)${SOFT}`,
  "iu",
);
// "Add your favourites before the 10th": begins with the verb of something to do, and speaks to its reader.
const PLAIN =
  /^(?:(?:and|so|then|just|also|now|have\s+a\s+look\s+and|go\s+ahead\s+and)\s+)*(?=(\p{L}+)\s+\p{L})/iu;
const TO_READER = /\b(?:me|us|your)\b/iu;
// "Don't forget the keys": the task is the words after "forget".
const REMINDER =
  /(?:^|[,;:–—]\s*)(?:(?:and|but|so)\s+)?(?:please\s+)?(?=(?:don['’]?t|do\s+not)\s+forget\s+\p{L})/giu;

// "is to be paid by 30 November": names no person, so it is a task only with a date.
const PASSIVE =
  /\b(?:(?:is|are|has|have|needs?)\s+to|must)\s+be\s+(?:completed|filed|handed\s+in|inspected|paid|received|renewed|returned|sent|settled|signed|submitted)\b/iu;

// "how can you …" is a question, and "as soon as you can …" asks for nothing.
const BEFORE_NO_CUE =
  /(?:\b(?:how|what|when|where|why|who|which|that|whether|than|as|if)|\b(?:do|does|did)\s+(?:not|n['’]t))\s+$/iu;
const CONDITION = /^(?:in\s+case|if|should|unless|whenever)\b/iu;
// "please call my colleague if something is urgent"
const CONDITION_AFTER =
  /\b(?:if|in\s+case)\s+(?:anything|something|there|needed|necessary|required|in\s+doubt|you\s+(?:are|do|have\s+(?:any|further|more|questions)|need|want|wish|would)|any)\b/iu;

// Verbs of requests without a task: politeness, talk about the talk, boilerplate.
const IDLE_REQUEST =
  /^(?:accept\s+(?:my|our)|add\s+us|allow|be\b|bear|believe|check\s+out|click|confirm\s+you\s+are|consider|contact\s+(?:me|us)|disregard|(?:do\s+not|don['’]t)(?!\s+forget\b)|enjoy|excuse|feel\b|find\b|forgive|guess|guys|hang|have\s+a\b|hear|help$|hesitate|hold\s+on|ignore|imagine|in\s+case|keep\s+in\s+mind|let\s+(?:me|us)\s+know\s+(?:if|should|in\s+case)|never|no\b|not\b|note\b|pardon|quote|rate\b|read\s+on|refer|remain|reply|see\b|share\s+your\s+(?:opinion|thoughts)|stay|subscribe|tell\s+(?:me|us)|take\s+(?:care|note|(?:a|some)\s+(?:look|minute|moment|time))|that|the\b|understand|unsubscribe|use\s+(?:the|our)|visit|wait)(?![\p{L}])/iu;
const MOMENT = /^(?:give|wait|hang|hold)\b.{0,20}\b(?:sec(?:ond)?s?|min(?:ute)?s?|moment)\b/iu;
const IDLE_PROMISE =
  /^(?:admit|always|be\b|believe|bet|call\s+it|come|feel|get\s+(?:up|there)|give\s+you\s+that|go\b|have\b|head\b|hope|join|jump|keep\s+(?:you|an\s+eye|it)|know|leave|let\s+(?:you|it)\s+(?:go|be)|like|live|miss|need|never|no\b|not\b|pass|remember|run\b|say|see\b|sleep|stay|stop|take\s+(?:it|that|your\s+word)|tell\s+you\s+(?:what|that)|think|wait|want)(?![\p{L}])/iu;
const IDLE_DUTY =
  /^(?:admit|agree|be\b|believe|confess|disagree|feel|get\s+(?:up|out|going|away)|go\b|have\b|insist|jump|know|laugh|learn\s+to|leave|live|run\b|say|sleep|smile|stay|stop|take\s+a\s+break|think|wait|wonder|worry)(?![\p{L}])/iu;
const LET_YOU_KNOW =
  /^(?:let\s+(?:you|everyone|everybody|them)\s+know|get\s+back|come\s+back)(?![\p{L}])/iu;

/** The kinds of cue that make a task without a date; other kinds speak to no one in particular and need one. */
const BELIEVED: Record<Register, readonly Kind[]> = {
  correspondence: ["request", "promise", "memo"],
  personal: ["promise", "duty", "memo"],
  other: ["memo"],
};

// Reasons, pleasantries and whole clauses after the task.
const TAIL =
  /(?:\s*,\s*(?:he|i|it|she|that|there|they|we|you)(?:\s+(?:are|can|could|did|do|get|got|had|has|have|is|need|saw|want|was|were|will|would)|['’](?:d|ll|m|re|s|ve))\s.*$)|(?:\s*,\s*|\s+)(?:(?:so\s+that|because|otherwise)\s.*|(?:thanks?|thank\s+you|thx|pls|please|if\s+(?:you\s+can|possible)|when\s+you\s+(?:can|have\s+time))[\s.!?]*)$/iu;
const JOINT = /(?<![\s,;–—-])[\s,;–—-]+(?:(?:and|but|or|then|so|also)[\s,]*)?$/iu;
// Each cue has one of these words; most sentences have none and need no closer look.
const ANY_CUE =
  /\b(?:can|could|forget|gotta|have\s+to|i|if|kindly|must|need|note\s+to\s+self|please|pls|plz|remember|me\s+to|to\s+be|we|will|would)\b/iu;
// A longer text is not a sentence.
const MAX_SENTENCE = 600;
const ANY_DAY = "2026-01-01";

/** Finds what a sentence asks for or promises, in its order. */
export function findAsks(sentence: string, register: Register): Ask[] {
  if (sentence.length > MAX_SENTENCE) return [];
  if (register !== "correspondence" && !ANY_CUE.test(sentence)) return [];
  const cues = listCues(sentence, register);
  const asks: Ask[] = [];
  for (const [index, { kind, start, end }] of cues.entries()) {
    const said = sentence.slice(end, cues[index + 1]?.start);
    if (!isMeant(sentence, start, said, kind)) continue;
    const before = cues[index - 1] === undefined ? sentence.slice(0, start).trim() : "";
    // "Today I'll …", "We need it by Tuesday, can you …": a date before the only cue belongs to it.
    const until = cues.length === 1 ? findDuePhrase(before) : undefined;
    const isDated = until !== undefined || findDue(said, ANY_DAY).due_date !== null;
    const isConditional =
      kind === "request" && (CONDITION.test(sentence) || CONDITION_AFTER.test(said));
    const isBelieved = BELIEVED[register].includes(kind) && !isConditional;
    const isVagueWord = kind === "promise" && LET_YOU_KNOW.test(said);
    if (!isDated && (!isBelieved || isVagueWord)) continue;
    const text = tidy(said);
    if (text === undefined) continue;
    const isOwn = kind !== "request";
    asks.push({ text: until === undefined ? text : `${text} ${until}`, before, isOwn });
  }
  const isDue = asks.length === 0 && PASSIVE.test(sentence);
  if (isDue && findDue(sentence, ANY_DAY).due_date !== null) {
    asks.push({ text: sentence.replace(/(?<![\s.])[\s.]+$/u, ""), before: "", isOwn: false });
  }
  return asks;
}

interface Cue {
  kind: Kind;
  start: number;
  /** The index of its verb. */
  end: number;
}

/** The cues of a sentence; cues that overlap ("can you please") count as one of the first kind. */
function listCues(sentence: string, register: Register): Cue[] {
  const found: Cue[] = CUES.flatMap(({ kind, pattern }) =>
    [...sentence.matchAll(pattern)].map(({ 0: text, index }) => ({
      kind,
      start: index,
      end: index + text.length,
    })),
  );
  if (register === "correspondence") {
    for (const { 0: text, index } of sentence.matchAll(REMINDER)) {
      found.push({ kind: "request", start: index, end: index + text.length });
    }
  }
  const [plain, verb = ""] = PLAIN.exec(sentence) ?? [];
  if (register === "correspondence" && plain !== undefined && isVerb(verb)) {
    const isToReader = TO_READER.test(sentence) && !/^(?:follow|tell|visit)$/iu.test(verb);
    if (isToReader || findDue(sentence, ANY_DAY).due_date !== null) {
      found.push({ kind: "request", start: 0, end: plain.length });
    }
  }
  const [duty] = SHORT_DUTY.exec(sentence) ?? [];
  if (duty !== undefined) found.push({ kind: "duty", start: 0, end: duty.length });
  const [memo] = sentence.endsWith("?") ? [] : (SHORT_MEMO.exec(sentence) ?? []);
  if (memo !== undefined) found.push({ kind: "memo", start: 0, end: memo.length });
  const cues: Cue[] = [];
  for (const cue of found.toSorted((left, right) => left.start - right.start)) {
    const last = cues.at(-1);
    if (last === undefined || cue.start >= last.end) cues.push(cue);
    else last.end = Math.max(last.end, cue.end);
  }
  return cues;
}

function isMeant(sentence: string, start: number, said: string, kind: Kind): boolean {
  const before = sentence.slice(0, start);
  // "that" refers to a time here: "After that I will …".
  if (BEFORE_NO_CUE.test(before) && !/\b(?:after|before)\s+that\s+$/iu.test(before)) return false;
  // A quotation of another person asks for nothing here.
  const quotes = before.match(/["“”„]/gu)?.length ?? 0;
  if (quotes % 2 === 1) return false;
  switch (kind) {
    case "request":
      return !IDLE_REQUEST.test(said) && !MOMENT.test(said);
    case "promise":
      return !IDLE_PROMISE.test(said);
    case "duty":
    case "memo":
      return !IDLE_DUTY.test(said);
  }
}

/** The words after a cue as a title; undefined if they are too few to name a task. */
function tidy(said: string): string | undefined {
  const text = said
    .replace(TAIL, "")
    .replace(/(?<![\s.!?,;:–—])[\s.!?,;:–—]+$/u, "")
    .replace(JOINT, "")
    .trim();
  if (text.split(/\s+/u).length < 2) return undefined;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function cue(pattern: string): RegExp {
  return new RegExp(NOT_IN_WORD + pattern + SOFT, "giu");
}
