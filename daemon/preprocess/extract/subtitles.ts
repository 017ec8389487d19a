import { decode } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { createTextWriter } from "../text-writer.ts";

const TIMES = /^(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3} +--> +(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}/u;
// A pause between cues begins a paragraph, and so does a text of this length, at the end of a sentence if there is one.
const PARAGRAPH_CHARS = 600;
const LONGEST_PARAGRAPH_CHARS = 1_500;
const PAUSE_MS = 8_000;
const VOICE = /<v(?:\.[^>\s]*)?\s+([^>]+)>/u;
const TAG = /<\/?[^<>]*>|\{\\[^{}]*\}/gu;

interface Cue {
  from: number;
  to: number;
  speaker: string | null;
  text: string;
}

/** Subtitles (WebVTT, SubRip) as running text: cues joined to paragraphs, each with its speaker where one is named. */
export function extractSubtitles({ bytes }: FileContent): Extracted {
  const { text, warnings } = decode(bytes);
  const writer = createTextWriter();
  let open: { speaker: string | null; text: string; to: number } | undefined;
  const end = (): void => {
    if (open === undefined) return;
    writer.block(open.speaker === null ? open.text : `${open.speaker}: ${open.text}`);
    open = undefined;
  };
  for (const cue of readCues(text)) {
    const goesOn =
      open !== undefined &&
      !isWhole(open.text) &&
      open.speaker === cue.speaker &&
      cue.from - open.to <= PAUSE_MS &&
      cue.from >= open.to - PAUSE_MS;
    if (!goesOn) end();
    if (open === undefined) open = { speaker: cue.speaker, text: cue.text, to: cue.to };
    // Captions that roll up repeat the line before.
    else if (!open.text.endsWith(cue.text)) open.text += ` ${cue.text}`;
    open.to = cue.to;
  }
  end();
  const written = writer.finish();
  return { ...written, title: null, metadata: {}, warnings: [...warnings, ...written.warnings] };
}

function isWhole(text: string): boolean {
  return (
    text.length > LONGEST_PARAGRAPH_CHARS ||
    (text.length > PARAGRAPH_CHARS && /[.!?…]["”]?$/u.test(text))
  );
}

function readCues(text: string): Cue[] {
  const cues: Cue[] = [];
  let cue: Cue | undefined;
  for (const line of text.split("\n")) {
    if (TIMES.test(line.trim())) {
      const [from = "", to = ""] = line.trim().split(/\s+-->\s+/u);
      cue = { from: toMs(from), to: toMs(to), speaker: null, text: "" };
      cues.push(cue);
    } else if (line.trim() === "") {
      cue = undefined;
    } else if (cue !== undefined) {
      const said = plain(line);
      cue.speaker ??= VOICE.exec(line)?.[1]?.trim() ?? null;
      cue.text = `${cue.text} ${said}`.trim();
    }
  }
  return cues.filter(({ text: said }) => said !== "");
}

function toMs(time: string): number {
  const [clock = "", fraction = "0"] = (time.split(" ")[0] ?? "").split(/[.,]/u);
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return seconds * 1_000 + Number(fraction);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&nbsp;": " ",
  "&lrm;": "",
  "&rlm;": "",
};

function plain(line: string): string {
  return line
    .replaceAll(TAG, "")
    .replaceAll(/&\w+;/gu, (entity) => ENTITIES[entity] ?? entity)
    .trim();
}
