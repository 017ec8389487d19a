/**
 * The preprocess room: a path goes in and a document comes out. It promises that text and hash come from
 * the same bytes, that the text is clean (see `cleanText`) and within the limits, and that a bad file fails
 * alone: what is risky to parse is parsed in a process of its own (see `openIsolate`). It never writes, asks
 * no model and knows no journal. A crash costs nothing: the same bytes give the same document again.
 */
import { detectContentType } from "./detect.ts";
import { extract } from "./extract.ts";
import type { Preprocessed } from "./extractor.ts";
import { FORMATS } from "./formats.ts";
import type { Isolate } from "./isolate.ts";

/** Rises with every change of what an extractor makes of the same bytes; part of each recipe. */
export const EXTRACTOR_VERSION = "2";

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

/**
 * The document of a file, given its bytes and its name.
 *
 * @throws {RunnerError} as {@link extract} and {@link Isolate}
 * @throws the signal's reason when it aborts
 */
export async function preprocess(
  { bytes }: Snapshot,
  name: string,
  { isolate, signal }: { isolate: Isolate; signal?: AbortSignal },
): Promise<Preprocessed> {
  const content_type = detectContentType(name, bytes);
  const format = FORMATS.find((known) => known.content_type === content_type);
  const file = { bytes, name, content_type };
  return format?.isolated ? isolate.extract(file, signal) : extract(file);
}
