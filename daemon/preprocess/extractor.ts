import type { Document } from "../protocol/document.ts";
import type { SkipReason } from "../protocol/file.ts";

/** What an extractor gets: all bytes of a file, what it is called and what it was found to be. */
export interface ExtractorInput {
  bytes: Uint8Array;
  /** The file's name without its directories. */
  name: string;
  content_type: string;
}

/** What an extractor made of a file, or why there is nothing to make of it. */
export type Extracted = Omit<Document, "content_type"> | { skipped: SkipReason };

/**
 * Makes the document of one kind of file. Its text has gone through `decode` or `cleanText`, so that a
 * heading's line holds in it; `extract` cuts to the limits. Throws where the bytes are not what the
 * content type says; what it only could not read or is not sure of becomes a warning.
 */
export type Extractor = (input: ExtractorInput) => Extracted | Promise<Extracted>;
