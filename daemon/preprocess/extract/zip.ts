import { oneLine } from "../../core/one-line.ts";
import { RunnerError } from "../../core/errors.ts";
import { openArchive } from "../archive.ts";
import { cleanText } from "../clean.ts";
import type { Extracted, ExtractorInput, Part } from "../extractor.ts";
import { LIMITS } from "../limits.ts";
import { joinSections, type Section, underHeading } from "../sections.ts";

const MAX_FILES = 500;
const MAX_FILE_BYTES = 33_554_432;
const MAX_NAMED = 20;
const ZIP = "application/zip";
// Of programs and systems, not of people.
const NOISE = /(?:^|\/)(?:__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/u;

/** An archive: the text of each file in it below a heading with its name. Archives inside it are not read. */
export async function extractZip({ bytes, detectPart }: ExtractorInput): Promise<Extracted> {
  const archive = await openArchive(bytes);
  const names = archive.names().filter((name) => !name.endsWith("/") && !NOISE.test(name));
  if (archive.encrypted) return { skipped: "encrypted" };
  const sections: Section[] = [];
  const unread: string[] = [];
  let chars = 0;
  for (const [index, name] of names.entries()) {
    const shown = cleanText(oneLine(name)).text;
    const isOver = index >= MAX_FILES || chars > LIMITS.text_chars;
    const content = isOver ? undefined : await readBytes(await archive.open(name));
    const section =
      content === undefined
        ? undefined
        : await readFile(shown, detectPart(name.slice(name.lastIndexOf("/") + 1), content));
    if (section === undefined) {
      unread.push(shown);
      continue;
    }
    chars += section.text.length;
    sections.push(section);
  }
  if (sections.length === 0) return { skipped: names.length === 0 ? "empty" : "unsupported" };
  const joined = joinSections(sections);
  return { title: null, metadata: {}, ...joined, warnings: [...joined.warnings, ...tell(unread)] };
}

/** undefined: it is too large. */
async function readBytes(
  chunks: AsyncIterable<Uint8Array> | undefined,
): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of chunks ?? []) {
    size += piece.length;
    if (size > MAX_FILE_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** undefined: it cannot be read. */
async function readFile(name: string, part: Part): Promise<Section | undefined> {
  if (part.content_type === ZIP) return undefined;
  try {
    const extracted = await part.read();
    if (extracted.outcome === "skipped") return undefined;
    return underHeading(name, name, [extracted.document]);
  } catch (error) {
    if (error instanceof RunnerError && error.kind === "job" && error.code !== "archive_limit") {
      return undefined;
    }
    throw error;
  }
}

function tell(unread: readonly string[]): { code: string; message: string }[] {
  if (unread.length === 0) return [];
  const named = unread.slice(0, MAX_NAMED).map((name) => name.slice(0, 100));
  const more = unread.length > named.length ? ` and ${unread.length - named.length} more` : "";
  return [
    {
      code: "attachment_unread",
      message: `Files in the archive that were not read: ${named.join(", ")}${more}.`,
    },
  ];
}
