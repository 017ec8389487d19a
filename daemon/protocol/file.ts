import { z } from "zod";
import { ENTITY_TYPES } from "./entity.ts";
import { errorSchema } from "./error.ts";

export const fileState = z.enum(["pending", "working", "done", "failed", "skipped", "gone"]);
export type FileState = z.infer<typeof fileState>;

/** Why a file is not read. A reason is public; more will come. */
export const skipReason = z.enum([
  "empty",
  "too_large",
  "not_regular",
  "symlink",
  "unsupported",
  "encrypted",
  "no_text",
  "undone",
  "forgotten",
  "not_watched",
  "ignored",
  "excluded",
  "extension",
  "too_old",
  "name_not_utf8",
]);
export type SkipReason = z.infer<typeof skipReason>;

export type FileError = z.infer<typeof errorSchema>;

export const fileSchema = z
  .object({
    file_id: z.string().describe("Its id."),
    agent_id: z.string().describe("The agent that reads it."),
    path: z.string().describe("Absolute."),
    state: fileState.describe("Where it stands."),
    reason: z.string().nullable().describe("Why it is skipped, or what it waits for."),
    next_attempt_at: z.iso.datetime().nullable().describe("Put off until then; null: not put off."),
    size: z.int().nonnegative().nullable().describe("Bytes."),
    mtime: z.iso.datetime().nullable().describe("When it was last changed; null: never read."),
    hash: z.string().nullable().describe("SHA-256 of the content, hexadecimal."),
    recipe: z.string().nullable().describe("The recipe under which it was done."),
    attempts: z.int().nonnegative().describe("How often it was tried, at this content."),
    processed_at: z.iso.datetime().nullable().describe("When it was last done; null: never."),
    error: errorSchema.nullable().describe("What it met last; null: nothing."),
    entities: z
      .array(
        z.object({
          type: z.enum(ENTITY_TYPES).describe("What it is."),
          id: z.string().describe("Its id."),
          title: z.string().describe("Its title; a project's name."),
        }),
      )
      .describe("What rests on it."),
  })
  .meta({ id: "File", description: "A path under a directory, and what is known of it." });
export type File = z.infer<typeof fileSchema>;
