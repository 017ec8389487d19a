import type { Document } from "../../../protocol/document.ts";
import { shorten } from "./excerpt.ts";
import type { Block, Outline } from "./outline.ts";

const MAX_TITLE = 300;
const MAX_LINE_AS_TITLE = 100;
const FIRST_LINES = 12;
const SUBJECT = /^subject\s*:\s*(?:(?:re|fwd?)\s*:\s*)*(\S.*)$/iu;
// What a document says of itself, not what it is called; a salutation; items of a list that just begins.
const NO_TITLE =
  /^(?:(?:dear|hello|hey|hi)\b.{0,60},$|(?:attendees|author|b?cc|date|from|location|participants|present|project|reply-to|sent|subject|time|to|where|who)\s*:|(?:[-*+•]|\d{1,3}[.)])\s)/iu;

/**
 * What the note of a document is called: its own title, else its subject line, else its first heading or
 * line where that can be a title, else the file's name.
 */
export function titleOfNote(document: Document, outline: Outline, fileName: string): string {
  const [first] = outline.blocks;
  if (first === undefined) return fileName;
  const own = document.title?.replaceAll(/\s+/gu, " ").trim() ?? "";
  if (own !== "" && !NO_TITLE.test(own)) return shorten(own, MAX_TITLE);
  const firstBlocks = outline.blocks.filter(
    (block) => block.first < outline.bodyStart + FIRST_LINES,
  );
  const subject = firstBlocks
    .flatMap(({ lines }) => lines)
    .map((line) => SUBJECT.exec(line)?.[1])
    .find(Boolean);
  const heading = outline.blocks.find(({ kind }) => kind === "heading");
  const said = subject ?? heading?.lines[0] ?? findTitleLine(firstBlocks) ?? "";
  return /\p{L}/u.test(said) ? shorten(said, MAX_TITLE) : readable(fileName);
}

/** The first line that stands alone and is no sentence; of a list that just begins there is none. */
function findTitleLine(blocks: readonly Block[]): string | undefined {
  if (blocks[0]?.kind === "item") return undefined;
  const single = blocks.filter(({ kind, lines }) => kind !== "item" && lines.length === 1);
  const line = single.map(({ lines }) => lines[0] ?? "").find((text) => !NO_TITLE.test(text));
  const isTitle = line !== undefined && line.length <= MAX_LINE_AS_TITLE && /[^.!?]$/u.test(line);
  return isTitle ? line.replace(/:$/u, "") : undefined;
}

/** `2026-11-20_weekly-sync.md` as "2026-11-20 weekly sync". */
function readable(fileName: string): string {
  const stem = fileName.replace(/(?<=.)\.[^.]{1,10}$/u, "");
  const words = stem.replaceAll(/(?<!\d)[-_.\s]+|[-_.\s]+(?!\d)/gu, " ").trim();
  const name = words === "" ? fileName : words;
  return name.charAt(0).toUpperCase() + name.slice(1);
}
