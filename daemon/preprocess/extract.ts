import { RunnerError, isAbort } from "../core/errors.ts";
import type { Document } from "../protocol/document.ts";
import type { SkipReason } from "../protocol/file.ts";
import type { ExtractorInput } from "./extractor.ts";
import { FORMATS } from "./formats.ts";
import { limitDocument } from "./limits.ts";

/** What preprocessing came to: a document, or a reason why there is none. */
export type Preprocessed =
  | { outcome: "document"; document: Document }
  | { outcome: "skipped"; reason: SkipReason };

/**
 * The document that the extractor of this content type makes, in this process, within the limits.
 *
 * @throws {RunnerError} `decoding_failed` where the content is not what it claims to be, `archive_limit`
 */
export async function extract(input: ExtractorInput): Promise<Preprocessed> {
  try {
    const { content_type } = input;
    const load = FORMATS.find((format) => format.content_type === content_type)?.extract;
    if (!load) return { outcome: "skipped", reason: "unsupported" };
    const extractor = await load();
    const extracted = await extractor(input);
    if ("skipped" in extracted) return { outcome: "skipped", reason: extracted.skipped };
    if (!/\S/.test(extracted.text)) return { outcome: "skipped", reason: "empty" };
    return { outcome: "document", document: limitDocument({ content_type, ...extracted }) };
  } catch (error) {
    if (error instanceof RunnerError || isAbort(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunnerError(
      "decoding_failed",
      `could not make a document of ${input.name}: ${reason}`,
      {
        hint: "Open the file in its own program and save it again; it may be damaged.",
        cause: error,
      },
    );
  }
}
