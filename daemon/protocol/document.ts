import { z } from "zod";
import type { EntityType } from "./entity.ts";
import { toWarning, type Warning, warningSchema } from "./warning.ts";

/** The clean text and metadata of a file: what the agent reads instead of its bytes. */
export const documentSchema = z.object({
  /** Detected from name and content, e.g. `text/markdown`. */
  content_type: z.string(),
  title: z.string().nullable(),
  /** UTF-8, lines ended by \n, no byte order mark, no control characters but tab and newline. */
  text: z.string(),
  headings: z.array(
    z.object({
      level: z.int().min(1).max(6),
      text: z.string(),
      /** 0-based line in `text`. */
      line: z.int().nonnegative(),
    }),
  ),
  /** What the file says of itself (front matter, author, date …), as text. */
  metadata: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  /** What was not read or is not sure. */
  warnings: z.array(warningSchema),
});

export type Document = z.infer<typeof documentSchema>;

/** A document as the journal keeps it; older versions stored its warnings as text. */
export function parseDocument(text: string): Document {
  const stored = JSON.parse(text) as Omit<Document, "warnings"> & {
    warnings: (Warning | string)[];
  };
  return { ...stored, warnings: stored.warnings.map(toWarning) };
}

/** What shapes a job's first request besides document and recipe; fixed at its first attempt. */
export interface Frame {
  /** Random; marks where the document begins and ends, so that its text cannot fake either. */
  fence: string;
  /** The local day on which the job was first tried, `YYYY-MM-DD`. */
  today: string;
  /** The file's name and its path below the watched directory, with `/`. */
  file_name: string;
  relative_path: string;
  /** When the file was last changed, ISO 8601. */
  modified_at: string;
  /** Active projects at that time, the most recently updated first. */
  projects: readonly { id: string; name: string }[];
  /** What this file gave before, as it was at that time. */
  earlier: readonly EarlierEntity[];
  /** Only the tools for new things are offered: others have no use, and the endpoint keeps no prompt. */
  only_new?: true;
  /** What changed since the version that was done before, instead of the whole text. */
  changes?: string;
  /** They show lines that are no longer in the file, perhaps from a place that may be restricted by now. */
  shows_removed?: true;
}

/** An entity that a file gave before: the fields that a model sees. */
export interface EarlierEntity {
  type: EntityType;
  id: string;
  title: string;
  status: string;
  /** `YYYY-MM-DD`; null where it has none. */
  due_date: string | null;
  /** Fields that the user changed; no agent changes them again. */
  user_edited: readonly string[];
  /** The user deleted it: it is not made again. */
  deleted: boolean;
  /** The file has it without a passage, so that only the model can tell whether it is still there. */
  has_no_passage?: true;
}
