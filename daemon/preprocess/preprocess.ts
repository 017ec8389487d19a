/**
 * The preprocess room makes the document of a file. It promises that text and hash come from the same
 * bytes, that the text is clean (`cleanText`) and within the limits (`LIMITS`), and that a bad file fails
 * alone: a separate process parses the risky formats (`openIsolate`). It never writes, and knows neither
 * the journal nor a model. A crash costs nothing, since the same bytes give the same document again.
 */
import { detectContentType } from "./detect.ts";
import { extract } from "./extract.ts";
import type { Preprocessed } from "./extractor.ts";
import { FORMATS } from "./formats.ts";
import type { Isolate } from "./isolate.ts";
import { isOwnFile } from "./own-file.ts";

/** Part of each recipe. Raise it when an extractor gives another document for the same bytes. */
export const EXTRACTOR_VERSION = "3";

/** The bytes of a file at one instant. Its stats were the same before and after reading. */
export interface Snapshot {
  bytes: Uint8Array;
  /** SHA-256 of `bytes`, hexadecimal. */
  hash: string;
  size: number;
  mtime_ms: number;
  ctime_ms: number;
  inode: number;
}

/**
 * Makes the document of a snapshot.
 *
 * @param name of the file, without its directories
 * @throws {RunnerError} as {@link extract} and {@link Isolate}
 * @throws the signal's reason when it aborts
 */
export async function preprocess(
  { bytes }: Snapshot,
  name: string,
  { isolate, signal }: { isolate: Isolate; signal?: AbortSignal },
): Promise<Preprocessed> {
  if (isOwnFile(bytes)) return { outcome: "skipped", reason: "own_export" };
  const content_type = detectContentType(name, bytes);
  const format = FORMATS.find((known) => known.content_type === content_type);
  const file = { bytes, name, content_type };
  return format?.isolated ? isolate.extract(file, signal) : extract(file);
}
