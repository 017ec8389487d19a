import type { Document } from "../protocol/document.ts";
import type { SkipReason } from "../protocol/file.ts";

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
