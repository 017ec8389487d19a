import type { Block } from "./outline.ts";

const LINE =
  /^(?:present|attendees|attending|participants|who|people|in\s+attendance|here|team)\s*:\s*(\S.*)$/iu;
const FIRST_BLOCKS = 30;
const NAME = /^@?\p{Lu}[\p{L}'’-]*/u;
const STATEMENT =
  /^@?(\p{Lu}[\p{L}'’.-]{0,40}(?:(?:\s*[,&+/]\s*|\s+and\s+|\s+)\p{Lu}[\p{L}'’.-]{0,40}){0,4})\s+(?:to|will)\s+(\p{Ll}[\p{L}'’-]*)/u;
// "Ann will be away", "Ann will have left": nothing to do.
const IDLE = new Set(
  "be become come have join know leave like need never no not remain stay want".split(" "),
);

/** Who was there, as minutes say at their beginning: each first name and surname in lower case. */
export function readParticipants(blocks: readonly Block[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { lines } of blocks.slice(0, FIRST_BLOCKS)) {
    for (const line of lines) {
      const list = LINE.exec(line.slice(0, 500))?.[1] ?? "";
      for (const part of list.split(/[,;&/]|\band\b|\./u)) {
        for (const word of part.replaceAll(/[()]/gu, " ").trim().split(/\s+/u)) {
          const name = NAME.exec(word)?.[0].replace(/^@/u, "");
          if (name !== undefined && name.length > 1) names.add(name.toLowerCase());
        }
      }
    }
  }
  return names;
}

/** Whether a sentence says that one of these is to do something: "Ann to send …", "Ann and Bob will send …". */
export function isAssignment(sentence: string, participants: ReadonlySet<string>): boolean {
  const said = sentence.replace(/^\p{L}[\p{L} ]{0,30}:\s+/u, "");
  const [, who = "", verb = ""] = STATEMENT.exec(said) ?? [];
  if (who === "" || IDLE.has(verb)) return false;
  const [first = ""] = who.split(/[\s,&+/]+/u);
  return participants.has(first.toLowerCase());
}
