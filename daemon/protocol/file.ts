import { z } from "zod";
import { ENTITY_TYPES } from "./entity.ts";

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
  "not_watched",
  "ignored",
  "excluded",
  "extension",
  "too_old",
  "name_not_utf8",
]);
export type SkipReason = z.infer<typeof skipReason>;

export const fileError = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
});
export type FileError = z.infer<typeof fileError>;

export const fileSchema = z.object({
  file_id: z.string(),
  agent_id: z.string(),
  path: z.string().describe("Absolute."),
  state: fileState,
  reason: z.string().nullable().describe("Why it is skipped, or what it waits for."),
  next_attempt_at: z.iso.datetime().nullable(),
  size: z.int().nonnegative().nullable().describe("Bytes."),
  mtime: z.iso.datetime().nullable(),
  hash: z.string().nullable().describe("SHA-256 of the content, hexadecimal."),
  recipe: z.string().nullable().describe("The recipe under which it was done."),
  attempts: z.int().nonnegative(),
  processed_at: z.iso.datetime().nullable(),
  error: fileError.nullable(),
  entities: z.array(z.object({ type: z.enum(ENTITY_TYPES), id: z.string(), title: z.string() })),
});
export type File = z.infer<typeof fileSchema>;
