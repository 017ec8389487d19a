import { RunnerError, isAbort } from "../core/errors.ts";
import { leaveOutBinary } from "./binary-text.ts";
import { detectContentType } from "./detect.ts";
import type { FileContent, Part, Preprocessed } from "./extractor.ts";
import { FORMATS } from "./formats.ts";
import { limitDocument } from "./limits.ts";

export const DAMAGED_HINT =
  "Open the file in its own program and save it again; it may be damaged.";

/**
 * Makes the document of a file in this process, with the extractor of its content type, within the limits.
 *
 * @throws {RunnerError} `decoding_failed` where the bytes do not match the content type, `archive_limit`
 */
export async function extract(file: FileContent): Promise<Preprocessed> {
  try {
    const { content_type } = file;
    const load = FORMATS.find((format) => format.content_type === content_type)?.extract;
    if (!load) return { outcome: "skipped", reason: "unsupported" };
    const extractor = await load();
    const extracted = await extractor({ ...file, detectPart });
    if ("skipped" in extracted) return { outcome: "skipped", reason: extracted.skipped };
    if (!/\S/.test(extracted.text)) return { outcome: "skipped", reason: "empty" };
    const document = leaveOutBinary({ content_type, ...extracted });
    return { outcome: "document", document: limitDocument(document) };
  } catch (error) {
    if (error instanceof RunnerError || isAbort(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunnerError(
      "decoding_failed",
      `Could not make a document of ${file.name}: ${reason.replace(/\.$/, "")}.`,
      { hint: DAMAGED_HINT, cause: error },
    );
  }
}

function detectPart(name: string, bytes: Uint8Array): Part {
  const content_type = detectContentType(name, bytes);
  return { content_type, read: () => extract({ bytes, name, content_type }) };
}
