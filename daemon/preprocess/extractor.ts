import type { Document } from "../protocol/document.ts";

/** What an extractor gets: all bytes of a file, what it is called and what it was found to be. */
export interface ExtractorInput {
  bytes: Uint8Array;
  /** The file's name without its directories. */
  name: string;
  content_type: string;
}

/**
 * Makes the document of one kind of file. Its text has gone through `decode` or `cleanText`, so that a
 * heading's line holds in it; `preprocess` cuts to the limits. Throws where the bytes are not what the
 * content type says; what it only could not read or is not sure of becomes a warning.
 */
export type Extractor = (
  input: ExtractorInput,
) => Omit<Document, "content_type"> | Promise<Omit<Document, "content_type">>;
