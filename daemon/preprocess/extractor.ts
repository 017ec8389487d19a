import type { Document } from "../protocol/document.ts";
import type { SkipReason } from "../protocol/file.ts";

/** The content of a file. Plain data, since it may go to another process. */
export interface FileContent {
  bytes: Uint8Array;
  /** The file's name without its directories. */
  name: string;
  /** The media type that was detected. */
  content_type: string;
}

/** The input of an extractor. */
export interface ExtractorInput extends FileContent {
  /** Detects the type of a file inside this one, such as an attachment. */
  detectPart(name: string, bytes: Uint8Array): Part;
}

/** A file inside another. */
export interface Part {
  content_type: string;
  /** Makes its document as if it were a file of its own. @throws {RunnerError} as `extract` */
  read(): Promise<Preprocessed>;
}

/** The result of preprocessing: a document, or the reason why the file has none. */
export type Preprocessed =
  | { outcome: "document"; document: Document }
  | { outcome: "skipped"; reason: SkipReason };

/** The result of an extractor: the document of a file, or the reason why it has none. */
export type Extracted = Omit<Document, "content_type"> | { skipped: SkipReason };

/**
 * Makes the document of one kind of file. Its text comes from `decode` or `cleanText`, so that the lines
 * of its headings are right; `extract` cuts it to the limits. Adds a warning for every part that it could
 * not read or had to guess.
 *
 * @throws where the bytes do not match the content type
 */
export type Extractor = (input: ExtractorInput) => Extracted | Promise<Extracted>;
