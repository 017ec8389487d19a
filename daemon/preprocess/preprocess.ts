/**
 * The preprocess room: a path goes in and a document comes out. It promises that text and hash come from
 * the same bytes, that the text is clean (see `cleanText`) and within the limits, and that a bad file fails
 * alone. It never writes, asks no model and knows no journal. A crash costs nothing: the same bytes give the
 * same document again.
 */
import { RunnerError, isAbort } from "../core/errors.ts";
import type { Document } from "../protocol/document.ts";
import type { SkipReason } from "../protocol/file.ts";
import { detectContentType } from "./detect.ts";
import { FORMATS } from "./formats.ts";
import { limitDocument } from "./limits.ts";

/** Rises with every change of what an extractor makes of the same bytes; part of each recipe. */
export const EXTRACTOR_VERSION = "1";

/** The bytes of a file at one instant, with the stats that held before and after they were read. */
export interface Snapshot {
  bytes: Uint8Array;
  /** SHA-256 of `bytes`, hexadecimal. */
  hash: string;
  size: number;
  mtime_ms: number;
  ctime_ms: number;
  inode: number;
}

/** What preprocessing came to: a document, or a reason why there is none. */
export type Preprocessed =
  | { outcome: "document"; document: Document }
  | { outcome: "skipped"; reason: SkipReason };

export type { Document };

/**
 * The document of a file, given its bytes and its name.
 *
 * @throws {RunnerError} `decoding_failed` where the content is not what it claims to be
 */
export async function preprocess(snapshot: Snapshot, name: string): Promise<Preprocessed> {
  try {
    const { bytes } = snapshot;
    const content_type = detectContentType(name, bytes);
    const extract = FORMATS.find((format) => format.content_type === content_type)?.extract;
    if (!extract) return { outcome: "skipped", reason: "unsupported" };
    const extracted = await extract({ bytes, name, content_type });
    if (!/\S/.test(extracted.text)) return { outcome: "skipped", reason: "empty" };
    return { outcome: "document", document: limitDocument({ content_type, ...extracted }) };
  } catch (error) {
    if (error instanceof RunnerError || isAbort(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunnerError("decoding_failed", `could not make a document of ${name}: ${reason}`, {
      hint: "Open the file in its own program and save it again; it may be damaged.",
      cause: error,
    });
  }
}
