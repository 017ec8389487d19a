import { z } from "zod";

export const exportFormat = z.enum(["md", "csv", "ics"]);
export type ExportFormat = z.infer<typeof exportFormat>;

const paths = z.array(z.string());

/** What `export` did. Paths are relative to the directory, with `/`. */
export const exportSchema = z.object({
  format: exportFormat,
  directory: z.string(),
  written: paths.describe("New, or changed since the last export."),
  unchanged: z.int().nonnegative(),
  removed: paths.describe("Written by an export before, and of nothing that there still is."),
  kept: z
    .array(z.object({ path: z.string(), reason: z.enum(["not_ours", "edited", "link"]) }))
    .describe("Left as they are: not_ours: no export wrote it. edited: changed since by somebody."),
});
export type Export = z.infer<typeof exportSchema>;

// Below the directory, whatever a person does to the note.
const relativePath = z.string().regex(/^(?!\.{0,2}(\/|$))(?!.*\/\.{0,2}(\/|$))[^\\\0]+$/u);

/** The file in which an export notes what it wrote, in its directory. */
export const EXPORT_MANIFEST = ".agent-runner-export.json";

/** What an export notes in its directory of the files it wrote: for each format path and content hashes. */
export const exportManifest = z.strictObject({
  version: z.literal(1),
  files: z.partialRecord(exportFormat, z.record(relativePath, z.array(z.string()).min(1))),
});
export type ExportManifest = z.infer<typeof exportManifest>;
