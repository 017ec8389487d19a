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
  removed: paths.describe("Written by an earlier export, for something that no longer exists."),
  kept: z
    .array(z.object({ path: z.string(), reason: z.enum(["not_ours", "edited", "link"]) }))
    .describe(
      "Files left as they are. not_ours: no export wrote it. edited: changed since the export.",
    ),
});
export type Export = z.infer<typeof exportSchema>;

// Below the directory, whatever someone does to the manifest.
const relativePath = z.string().regex(/^(?!\.{0,2}(\/|$))(?!.*\/\.{0,2}(\/|$))[^\\\0]+$/u);

/** The name of the manifest: the file in an export's directory that lists what it wrote. */
export const EXPORT_MANIFEST = ".agent-runner-export.json";

/** The manifest of an export: for each format the paths it wrote, with hashes of their content. */
export const exportManifest = z.strictObject({
  version: z.literal(1),
  files: z.partialRecord(exportFormat, z.record(relativePath, z.array(z.string()).min(1))),
});
export type ExportManifest = z.infer<typeof exportManifest>;
