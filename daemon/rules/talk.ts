import type { Document } from "../protocol/document.ts";
import { readDate } from "./date.ts";
import { MAX_LINE } from "./line.ts";

/** The words of one speaker in a chat or a call. */
export interface Utterance {
  speaker: string | null;
  /** The day that its line names, `YYYY-MM-DD`, or null. */
  day: string | null;
  /** 0-based, its first line. */
  first: number;
  lines: string[];
}

const DATE = String.raw`\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}`;
const TIME = String.raw`\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?`;
// "[09:02] ann: …", "14/11/2026, 18:02 - Ann Lee: …", "[2026-11-14 18:02] <ann> …"
const STAMPED = new RegExp(
  String.raw`^\[?(?:(${DATE})[,\sT]\s*)?${TIME}\]?\s*(?:[-–]\s*)?(?:<@?([^<>:]{1,40})>:?|@?([\p{L}\p{N}_][^:<>[\]]{0,40}):)\s+(\S.*)$`,
  "iu",
);
// The form of a copy from Slack: "Ann Lee  9:14 AM", and her words below.
const HEADED = new RegExp(String.raw`^(\p{L}[\p{L}\p{N}_.'’ -]{0,40}?)\s{1,4}\[?${TIME}\]?$`, "iu");
const NAMED = /^(\p{Lu}[\p{L}.'’-]{0,20}(?:\s\p{Lu}[\p{L}.'’-]{0,20}){0,2}):\s+(\S.*)$/u;
const TIMING = /^(?:\d{1,3}:)?\d{2}:\d{2}[.,]\d{3}\s+-->\s/u;
const VOICE = /^<v(?:\.[^\s>]*)?\s+([^>]{1,60})>/u;
const MAX_LOOKED_AT = 400;
// A day with its year is the same for every reference.
const ANY_DAY = "2000-01-01";

/** The utterances of a chat or a call. */
export interface Talk {
  said: Utterance[];
  /** Subtitles: skip the lines between the utterances. */
  isCaptions: boolean;
}

/** Reads a chat, captions or a transcript; undefined for any other document. */
export function readTalk(document: Document, source: readonly string[]): Talk | undefined {
  const head = source.slice(0, MAX_LOOKED_AT).filter((line) => line.trim() !== "");
  if (SUBTITLES.has(document.content_type)) {
    return { said: readLines(source, readSpoken), isCaptions: true };
  }
  if (head.slice(0, 4).some((line) => TIMING.test(line))) {
    return { said: readCaptions(source), isCaptions: true };
  }
  const stamped = head.filter((line) => STAMPED.test(line.slice(0, 400))).length;
  if (stamped >= 3 && stamped > head.length * 0.4) {
    return { said: readLines(source, readStamped), isCaptions: false };
  }
  if (head.filter((line) => HEADED.test(line.slice(0, 100))).length >= 3) {
    return { said: readLines(source, readHeaded), isCaptions: false };
  }
  return isTranscript(head) ? { said: readLines(source, readNamed), isCaptions: false } : undefined;
}

const SUBTITLES = new Set(["text/vtt", "application/x-subrip"]);

/** A line of what was said in a video, with the speaker if the file names one. */
function readSpoken(line: string): ReturnType<Begin> {
  const [, speaker = null, text = line.trim()] = /^([^:]{1,60}): (.+)$/u.exec(line) ?? [];
  return text === "" ? undefined : { speaker, day: null, text };
}

/** Whether most lines begin with a name, and two of the names appear again. */
function isTranscript(head: readonly string[]): boolean {
  const times = new Map<string, number>();
  const names = head.flatMap((line) => NAMED.exec(line.slice(0, 400))?.[1] ?? []);
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  const again = [...times.values()].filter((count) => count >= 2).length;
  return names.length >= 6 && names.length > head.length * 0.6 && again >= 2;
}

type Begin = (line: string) => (Pick<Utterance, "speaker" | "day"> & { text: string }) | undefined;

const readStamped: Begin = (line) => {
  const [whole, date, bracketed, named, text = ""] = STAMPED.exec(line) ?? [];
  if (whole === undefined) return undefined;
  const day = date === undefined ? null : (readDate(date, ANY_DAY)?.date ?? null);
  return { speaker: bracketed ?? named ?? null, day, text };
};

const readHeaded: Begin = (line) => {
  const speaker = HEADED.exec(line.slice(0, 100))?.[1];
  return speaker === undefined ? undefined : { speaker, day: null, text: "" };
};

const readNamed: Begin = (line) => {
  const [whole, speaker = "", text = ""] = NAMED.exec(line) ?? [];
  return whole === undefined ? undefined : { speaker, day: null, text };
};

function readLines(source: readonly string[], begin: Begin): Utterance[] {
  const said: Utterance[] = [];
  let isOpen = false;
  for (const [first, whole] of source.entries()) {
    const line = whole.slice(0, MAX_LINE);
    const begun = begin(line);
    if (begun !== undefined) {
      const { text, ...who } = begun;
      said.push({ ...who, first, lines: [text] });
    } else if (isOpen && line.trim() !== "") {
      said.at(-1)?.lines.push(line.trim());
    }
    isOpen = (isOpen || begun !== undefined) && line.trim() !== "";
  }
  return said;
}

function readCaptions(source: readonly string[]): Utterance[] {
  const said: Utterance[] = [];
  let isCue = false;
  let open: Utterance | undefined;
  for (const [first, whole] of source.entries()) {
    const line = whole.slice(0, MAX_LINE);
    if (line.trim() === "" || TIMING.test(line)) {
      isCue = TIMING.test(line);
      open = undefined;
    } else if (isCue) {
      const voice = VOICE.exec(line)?.[1] ?? NAMED.exec(line)?.[1] ?? null;
      const text = line
        .replaceAll(/<[^<>]{1,80}>/gu, "")
        .replace(voice === null ? /^$/u : /^\p{Lu}[^:]{0,60}:\s+/u, "")
        .trim();
      if (open === undefined) {
        open = { speaker: voice, day: null, first, lines: [text] };
        said.push(open);
      } else open.lines.push(text);
    }
  }
  return said;
}
