import { isImperative } from "./imperative.ts";
import { withoutStop } from "./sentence.ts";

// "AP 3: …", "AP (Ann): …", "AI Ravi: …", as in minutes.
const POINT =
  /^A[IP](?:\s*#?\d{1,3})?(?:\s*\(([^()]{1,60})\)|\s+(\p{Lu}[\p{L}'’-]{0,30}(?:\s\p{Lu}[\p{L}'’-]{0,30})?))?\s*:\s*(?=\S)/u;
// "TODO fix it", "TODO(ann): fix it"; with a colon in any spelling: "To do: fix it", "Action 3: …", "ACTION (Ann): …".
const MARKER =
  /^(?:(?:TODO|FIXME)(?:\s+for\s+(?:me|us|myself)(?=:))?(?:\s*\(([^()]{1,60})\))?(?:\s*:\s*|\s+(?:[–—-]\s+)?))(?=\S)/u;
const MARKER_WITH_COLON =
  /^(?:[Tt][Oo][\s-]?[Dd][Oo]|(?:Action|ACTION)(?:[\s-](?:item|point|ITEM|POINT))?|Task|TASK|Next(?:[\s-]step)?|NEXT(?:[\s-]STEP)?|Tomorrow|TOMORROW)[sS]?(?:\s*#?\d{1,3})?(?:\s*\(([^()]{1,60})\))?\s*:\s+(?=\S)/u;
const ARROW = /^(?:->|=>|→|⇒|➡)\uFE0F?\s+/u;
const MENTION = /^@\p{L}[\p{L}\p{N}._-]{0,40}\s+to\s+\p{Ll}/u;
// "Ann to send …", "Ann Lee and Bob: send …", "Ann will send …".
const ASSIGNED =
  /^(?:@\p{L}|\p{Lu})[\p{L}'’.-]{0,40}(?:(?:\s*[,&/]\s*|\s+and\s+|\s+)\p{Lu}[\p{L}'’.-]{0,40}){0,4}(?:\s*(?::|->|→|–|—)|\s+(?:to|will|-))\s+\p{L}/u;

/** Reads the text after a marker, and the owner that it names; undefined without a marker. */
export function readMarker(text: string): { text: string; owner?: string } | undefined {
  const marker = MARKER.exec(text) ?? MARKER_WITH_COLON.exec(text) ?? POINT.exec(text);
  if (marker === null) {
    const pointed = text.replace(ARROW, "");
    const isPointed = pointed !== text && ASSIGNED.test(pointed);
    return isPointed || MENTION.test(text) ? { text: pointed } : undefined;
  }
  const owner = (marker[1] ?? marker[2])?.trim();
  const isTomorrow = /^tomorrow/iu.test(text);
  const said = text.slice(marker[0].length) + (isTomorrow ? " tomorrow" : "");
  return owner === undefined ? { text: said } : { text: said, owner };
}

/** Whether a line names who is to do something: "Ann to send …", "Ann: send …". */
export function isAssigned(text: string): boolean {
  return ASSIGNED.test(text);
}

/** Splits "Hand in the expenses, pick up the bike" in two; gives any other text as one. */
export function splitImperatives(text: string): string[] {
  const when = /(?<!\s)\s+tomorrow$/u.exec(text)?.[0] ?? "";
  const parts = text.slice(0, text.length - when.length).split(/[,;]\s+/u);
  const isList =
    parts.length > 1 && parts.every((part) => !part.includes(":") && isImperative(part));
  return isList ? parts.map((part) => withoutStop(part) + when) : [text];
}
