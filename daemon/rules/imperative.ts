import type { Block } from "./block.ts";

/*
 * Recognizes lists of things to do without a heading that says so: "Before December", "Week of the move". Unlike
 * other lists, their headings name a time and their items begin with a verb.
 */

const VERBS = new Set(
  (
    "accept add agree announce answer apply approve arrange ask assemble assign attend book borrow bring build buy " +
    "call cancel change charge check choose circulate clean clear close collect compare complete confirm contact " +
    "convert coordinate copy create cut deal decide define defrost deliver demo deploy describe design discuss " +
    "dispose document donate draft draw drop empty ensure estimate evaluate exchange fetch file fill finalise " +
    "finalize find finish fix follow forward gather get give hand hang hire identify implement improve inform " +
    "inspect install instruct investigate invite iron label look mail make measure meet mend merge migrate move mow " +
    "notify obtain open order organise organize pack paint pay pick plan plant post practise practice prepare " +
    "present print propose prune publish pull purchase put raise read rebook record recruit refactor register release " +
    "remind remove renew rent repair repeat replace reply report request research reserve resolve return review " +
    "revise rewrite ring save scan schedule sell send set share ship sign sort speak start store study submit " +
    "swap switch take talk tell test tidy transfer translate try unpack update upgrade upload vacuum verify visit " +
    "wash water weed wipe wrap write"
  ).split(" "),
);
const TIMED =
  /\b(?:(?:this|next|coming)\s+\p{L}+|weeks?|weekend|before|after|until|by|during|today|tonight|agreed|phase\s+\d|stage\s+\d|q[1-4]|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|september|october|november|december)\b/iu;
const PLAN = /\b(?:plan|preparations?|prep|checklist)\b/iu;
// Under these headings, lists of imperatives explain how to do something, or what a program does.
const TECHNICAL =
  /\b(?:api|architecture|change\s?log|configuration|contributing|features|how\s+to|install(?:ation|ing)?|instructions|licen[cs]e|recipe|release\s+notes|requirements|set-?up|steps|usage)\b|\bv?\d+\.\d+/iu;

/** Whether a document is about programs, or a guide to something. */
export function isGuide(blocks: readonly Block[], source: readonly string[]): boolean {
  const isHeading = ({ kind }: Block): boolean => kind === "heading" || kind === "label";
  return (
    blocks.some(
      (block) => isHeading(block) && TECHNICAL.test((block.lines[0] ?? "").slice(0, 100)),
    ) || source.some((line) => /^\s*(?:```|~~~)/u.test(line.slice(0, 100)))
  );
}

/** Whether these headings, the outermost first, name a time at which things are to be done. */
export function isTimed(headings: readonly string[]): boolean {
  const [title = ""] = headings;
  return PLAN.test(title.slice(0, 100)) || TIMED.test((headings.at(-1) ?? "").slice(0, 100));
}

/** Whether a word is the verb of something to do. */
export function isVerb(word: string): boolean {
  return VERBS.has(word.toLowerCase());
}

/** Whether a line begins with the verb of something to do, with or without a topic before it: "Boxes: ask …". */
export function isImperative(text: string): boolean {
  const [, verb = ""] = /^(?:[^:]{1,40}:\s+)?(\p{L}+)\s+\p{L}/u.exec(text) ?? [];
  return isVerb(verb);
}
