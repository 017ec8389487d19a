import type { Document } from "../protocol/document.ts";
import { shorten } from "./excerpt.ts";
import type { Block } from "./block.ts";
import type { Outline } from "./outline.ts";
import { isTodoTxt } from "./todo-txt.ts";

const MAX_TITLE = 300;
const MAX_LINE_AS_TITLE = 100;
const FIRST_LINES = 12;
const SUBJECT = /^(?:subject|title)\s*:\s*(\S.*)$/iu;
const REPLIED = /^(?:(?:re|fwd?|aw|wg|antw|tr)\s*:\s*)+/iu;
const SALUTATION = /^dear\b.{0,60}[,:]?$/iu;
const NAME_OF_DATA = /^\s{0,4}"(?:name|title)"\s*:\s*"([^"\\]{1,200})"/mu;
// The name of data is looked for in so many characters.
const HEAD_OF_DATA = 2_000;
// Lines that are not a title: fields of the document, a salutation, the first items of a list.
const NO_TITLE =
  /^(?:(?:dear|hello|hey|hi)\b.{0,60},$|(?:attendees|author|b?cc|date|from|location|participants|present|project|reply-to|sent|subject|time|to|where|who)\s*:|(?:[-*+•]|\d{1,3}[.)])\s)/iu;

/**
 * The title for the note of a document: the document's title, else its subject line, else its first heading or
 * line if that can be a title, else the file's name.
 */
export function titleOfNote(document: Document, outline: Outline, fileName: string): string {
  const [first] = outline.blocks;
  const own = document.title?.replaceAll(/\s+/gu, " ").trim() ?? "";
  if (outline.blocks.every(({ kind }) => kind === "row")) {
    const name = NAME_OF_DATA.exec(document.text.slice(0, HEAD_OF_DATA))?.[1]?.trim() ?? "";
    return own || (document.text.startsWith("{") && name) || fileName;
  }
  const isNamedByFile = first?.kind === "said" || isTodoTxt(fileName, outline.source);
  if (isNamedByFile) return readableName(fileName);
  const { fields, isMail } = outline.envelope;
  const headed = isMail
    ? (fields.get("subject") ?? "").replace(REPLIED, "")
    : findReference(outline);
  if (/\p{L}/u.test(headed)) return shorten(headed, MAX_TITLE);
  if (own !== "" && !NO_TITLE.test(own)) return shorten(own, MAX_TITLE);
  const firstBlocks = outline.blocks.filter(
    (block) => block.first < outline.bodyStart + FIRST_LINES,
  );
  const subject = firstBlocks
    .flatMap(({ lines }) => lines)
    .map((line) => SUBJECT.exec(line)?.[1]?.replace(REPLIED, ""))
    .find(Boolean);
  const heading = outline.blocks.find(({ kind }) => kind === "heading");
  const said = subject ?? heading?.lines[0] ?? findTitleLine(firstBlocks) ?? "";
  return /\p{L}/u.test(said) ? shorten(said, MAX_TITLE) : readableName(fileName);
}

/** The subject of a letter: the single line right above "Dear …", else empty. */
function findReference({ blocks }: Outline): string {
  const at = blocks
    .slice(0, FIRST_LINES)
    .findIndex(({ kind, lines }) => kind !== "item" && SALUTATION.test(lines[0] ?? ""));
  const { kind, lines } = blocks[at - 1] ?? {};
  const [line = ""] = lines ?? [];
  const isAbout = kind === "paragraph" && lines?.length === 1 && / /u.test(line);
  return isAbout &&
    line.length <= MAX_LINE_AS_TITLE &&
    !NO_TITLE.test(line) &&
    !/\d{4}/u.test(line.slice(-4))
    ? line
    : "";
}

/** The first line that is alone and not a sentence; undefined if the document begins with a list. */
function findTitleLine(blocks: readonly Block[]): string | undefined {
  if (blocks[0]?.kind === "item") return undefined;
  const single = blocks.filter(({ kind, lines }) => kind !== "item" && lines.length === 1);
  const line = single.map(({ lines }) => lines[0] ?? "").find((text) => !NO_TITLE.test(text));
  const isTitle = line !== undefined && line.length <= MAX_LINE_AS_TITLE && /[^.!?]$/u.test(line);
  return isTitle ? line.replace(/:$/u, "") : undefined;
}

/** `2026-11-20_weekly-sync.md` as "2026-11-20 weekly sync". */
export function readableName(fileName: string): string {
  const stem = fileName.replace(/(?<=.)\.[^.]{1,10}$/u, "");
  const words = stem.replaceAll(/(?<!\d)[-_.\s]+|[-_.\s]+(?!\d)/gu, " ").trim();
  const name = words === "" ? fileName : words;
  return name.charAt(0).toUpperCase() + name.slice(1);
}
