import type { Document } from "../protocol/document.ts";
import { type Block, blockOf } from "./block.ts";
import {
  indentOf,
  isWrapped,
  levelOfLabel,
  type Line,
  MAX_LINE,
  readBox,
  readLine,
} from "./line.ts";
import { type Envelope, isIntroduction } from "./mail.ts";
import { readMarker } from "./marker.ts";
import { plainText } from "./markup.ts";
import { readTalk, type Utterance } from "./talk.ts";
import { readTableLine } from "./table-row.ts";

/** The state of reading a document. */
interface Reading {
  readonly source: readonly string[];
  readonly isMarkdown: boolean;
  /** The levels of the headings that preprocessing found, by line. */
  readonly headingLevels: ReadonlyMap<number, number>;
  readonly blocks: Block[];
  /** The items that the next line may belong to, the outermost first: columns of their marks and texts. */
  readonly items: { indent: number; content: number }[];
  /** The block that the next line may continue; undefined after a blank line. */
  open: Block | undefined;
  /** Recognizes the last line of a skipped part, such as a code block; null outside of one. */
  endOfSkipped: ((text: string) => boolean) | null;
  isInTable: boolean;
}

/** The blocks of a document in Markdown or plain text. */
export function readProse(
  document: Document,
  source: readonly string[],
  envelope: Envelope,
): Block[] {
  const talk = readTalk(document, source);
  const said = new Map(talk?.said.map((utterance) => [utterance.first, utterance]));
  const reading: Reading = {
    source,
    isMarkdown: document.content_type === "text/markdown",
    headingLevels: new Map(document.headings.map(({ line, level }) => [line, level])),
    blocks: [],
    items: [],
    open: undefined,
    endOfSkipped: null,
    isInTable: false,
  };
  for (let first = envelope.start; first < envelope.end; first += 1) {
    const utterance = said.get(first);
    if (utterance !== undefined) {
      addUtterance(reading, utterance);
      first += utterance.lines.length - 1;
    } else if (talk?.isCaptions === true) {
      addCaptionNote(reading, first);
    } else if (!isSkipped(reading, first, envelope)) {
      addLine(reading, first);
    }
  }
  return reading.blocks;
}

function addUtterance(reading: Reading, { speaker, day, first, lines }: Utterance): void {
  reading.blocks.push({ ...blockOf("said", 0, first, lines.map(plainText)), speaker, day });
  reading.open = undefined;
}

/** Adds a note of captions; skips the numbers, times and settings between the utterances. */
function addCaptionNote(reading: Reading, first: number): void {
  const note = /^NOTE\s+(\S.*)$/u.exec(lineAt(reading, first).trim())?.[1];
  if (note !== undefined) add(reading, "paragraph", 0, first, note);
}

/** Whether a line is part of a code block, a comment or the introduction of a quoted mail. */
function isSkipped(reading: Reading, first: number, { isMail }: Envelope): boolean {
  const text = lineAt(reading, first).trim();
  if (reading.endOfSkipped === null) {
    return isMail && isIntroduction(text, (reading.source[first + 1] ?? "").trim());
  }
  if (reading.endOfSkipped(text)) reading.endOfSkipped = null;
  return true;
}

/** Adds a line to the open block, as a new block, or not at all. */
function addLine(reading: Reading, first: number): void {
  const whole = lineAt(reading, first);
  const text = whole.trim();
  const cells = readTableLine(whole);
  if (cells !== undefined) {
    if (cells !== null) {
      reading.blocks.push(blockOf("row", reading.isInTable ? 1 : 0, first, cells));
    }
    reading.isInTable = true;
    reading.open = undefined;
    return;
  }
  reading.isInTable = false;
  const { isMarkdown, open, items } = reading;
  const indent = indentOf(whole);
  const isCode = isMarkdown && open === undefined && indent >= 4 + (items.at(-1)?.content ?? 0);
  if (isCode) return;

  const line = readLine(whole, isMarkdown);
  const level = line.kind === "heading" ? line.level : reading.headingLevels.get(first);
  if (level !== undefined) {
    add(reading, "heading", level, first, line.kind === "heading" ? line.text : text);
    reading.open = undefined;
    items.length = 0;
  } else if (line.kind === "item" && (line.isClear || open?.kind !== "paragraph")) {
    while (indent < (items.at(-1)?.indent ?? -2) + 2) items.pop();
    reading.open = add(reading, "item", items.length, first, line.text);
    items.push({ indent, content: indent + line.width });
  } else if (line.kind === "item" || line.kind === "text") {
    reading.open = addText(reading, first, text, indent);
  } else {
    endBlock(reading, line, indent);
  }
}

/** Adds a line of text to the open block or as a new block; returns the block that is open afterwards. */
function addText(reading: Reading, first: number, text: string, indent: number): Block | undefined {
  const { source, isMarkdown, open, items } = reading;
  const plain = plainText(text);
  const isInItem = indent > (items.at(-1)?.indent ?? 0);
  const isContinued = isInItem || isWrapped(open?.lines.at(-1) ?? "", plain);
  const isBox = readBox(text).box !== null;
  if (open?.kind === "item" && isContinued && !isBox) {
    open.lines.push(plain);
    return open;
  }
  if (indent === 0) items.length = 0;
  const next = source.slice(first + 1, first + 3).find((line) => line.trim() !== "") ?? "";
  // "TODO: buy milk" is a task, and "TODO:" a label.
  const isTask = isBox || readMarker(plain) !== undefined;
  const label = isTask
    ? undefined
    : levelOfLabel(text, plain, next, { isMarkdown, isAlone: open === undefined });
  if (label !== undefined) {
    add(reading, "label", label, first, text);
    return undefined;
  }
  const kind = isBox ? "item" : "paragraph";
  if (kind === "item" || open?.kind !== "paragraph") {
    return add(reading, kind, items.length, first, text);
  }
  open.lines.push(plain);
  return open;
}

/** Ends the open block at a line without text; an underline makes it a heading. */
function endBlock(reading: Reading, line: Line, indent: number): void {
  const { open } = reading;
  if (line.kind === "silent") reading.endOfSkipped = line.end;
  const isTitle = open?.kind === "paragraph" && open.lines.length === 1;
  if (line.kind === "underline" && open !== undefined && isTitle) {
    open.kind = "heading";
    open.level = line.level;
  }
  if (line.kind !== "blank" && indent === 0) reading.items.length = 0;
  reading.open = undefined;
}

/** Adds a block of one line. */
function add(
  reading: Reading,
  kind: Block["kind"],
  level: number,
  first: number,
  markup: string,
): Block {
  const { box, rest } = kind === "item" ? readBox(markup) : { box: null, rest: markup };
  // A few words behind a struck text give the reason: "~~Rent a car~~ (too dear)".
  const [, reason] = /^~~[^~]+~~(.{0,60})$/u.exec(rest) ?? [];
  const isStruck = reason !== undefined;
  const isDone = kind === "item" && /^[\s–—(-]*(?:done|finished|[✅✔])/iu.test(reason ?? "");
  const plain = blockOf(kind, level, first, [plainText(rest)]);
  const block = { ...plain, box: isDone ? "done" : box, isStruck } as const;
  reading.blocks.push(block);
  return block;
}

function lineAt({ source }: Reading, first: number): string {
  return (source[first] ?? "").slice(0, MAX_LINE);
}
