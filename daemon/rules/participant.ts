import { isVerb } from "./imperative.ts";
import type { Block } from "./block.ts";

const LINE =
  /^(?:present|attendees|attending|participants|who|people|in\s+attendance|there|those\s+present|here|team)\s*:\s*(\S.*)$/iu;
const FIRST_BLOCKS = 30;
const NAME = /^@?\p{Lu}[\p{L}'’-]*/u;
const STATEMENT =
  /^@?(\p{Lu}[\p{L}'’.-]{0,40}(?:(?:\s*[,&+/]\s*|\s+and\s+|\s+)\p{Lu}[\p{L}'’.-]{0,40}){0,4})\s+(?:to|will)\s+(\p{Ll}[\p{L}'’-]*)/u;
const PRESENT = /^@?(\p{Lu}[\p{L}'’-]{0,40})\s+(\p{Ll}{2,20}s)\s/u;
// "Ann will be away", "Ann will have left": not tasks.
const IDLE = new Set(
  "announces answers asks agrees be become come confirms finds have join know leave like need never no not presents proposes remain reports shows speaks stay suggests takes tells want".split(
    " ",
  ),
);

/** Reads who took part, from the beginning of minutes: each first name and surname in lower case. */
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

/**
 * Finds the part of a sentence that gives a participant a task, "Ann to send …", "Ann and Bob will send …",
 * "Ann sends …", and the part before it; undefined without such a part.
 */
export function findAssignment(
  sentence: string,
  participants: ReadonlySet<string>,
): { text: string; before: string } | undefined {
  const start = sentence.lastIndexOf("; ") + 1;
  const text = sentence.slice(start).trim();
  const said = text.replace(/^\p{L}[\p{L} ]{0,30}:\s+/u, "");
  const [, who = "", verb = ""] = STATEMENT.exec(said) ?? PRESENT.exec(said) ?? [];
  const [first = ""] = who.split(/[\s,&+/]+/u);
  if (first === "" || IDLE.has(verb) || !participants.has(first.toLowerCase())) return undefined;
  const isDoing =
    STATEMENT.test(said) || [/e?s$/u, /s$/u].some((end) => isVerb(verb.replace(end, "")));
  return isDoing ? { text, before: sentence.slice(0, Math.max(0, start - 1)) } : undefined;
}
