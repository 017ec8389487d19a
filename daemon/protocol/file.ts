import { z } from "zod";
import { ENTITY_TYPES } from "./entity.ts";
import { errorSchema } from "./error.ts";
import { AT, FILE_ID, PATH } from "./example.ts";
import { warningSchema } from "./warning.ts";

export const fileState = z.enum(["pending", "working", "done", "failed", "skipped", "gone"]);
export type FileState = z.infer<typeof fileState>;

/** Why a file is not read. Reasons are public, and new versions may add some. */
export const skipReason = z.enum([
  "empty",
  "too_large",
  "not_regular",
  "symlink",
  "unsupported",
  "encrypted",
  "no_text",
  "own_export",
  "conflict_copy",
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

/** What a done file gave; capped: a limit of iterations, calls or changes ended it. */
export const fileOutcome = z.enum(["recorded", "nothing_recorded", "capped"]);
export type FileOutcome = z.infer<typeof fileOutcome>;

export type FileError = z.infer<typeof errorSchema>;

export const fileSchema = z
  .object({
    file_id: z.string().describe("Its id."),
    agent_id: z.string().describe("The agent that reads it."),
    path: z.string().describe("Absolute."),
    state: fileState.describe("Its state."),
    reason: z.string().nullable().describe("Why it is skipped, or what it waits for."),
    next_attempt_at: z.iso
      .datetime()
      .nullable()
      .describe("When it is tried again; null: not put off."),
    size: z.int().nonnegative().nullable().describe("Bytes."),
    mtime: z.iso.datetime().nullable().describe("When it was last changed; null: never read."),
    hash: z.string().nullable().describe("SHA-256 of the content, hexadecimal."),
    recipe: z.string().nullable().describe("The recipe it was done with."),
    attempts: z.int().nonnegative().describe("How often this content was tried."),
    processed_at: z.iso.datetime().nullable().describe("When it was last done; null: never."),
    error: errorSchema.nullable().describe("Its last error; null: none."),
    outcome: fileOutcome
      .nullable()
      .describe("What it gave; capped: stopped at a limit; null: it is not done."),
    read: z
      .enum(["whole", "changes"])
      .nullable()
      .describe(
        "Whether this content was read whole, or as what changed since the version before; null: it is not done.",
      ),
    warnings: z.array(warningSchema).describe("What of it was not read, was lost or is not sure."),
    entities: z
      .array(
        z.object({
          type: z.enum(ENTITY_TYPES).describe("What it is."),
          id: z.string().describe("Its id."),
          title: z.string().describe("Its title; a project's name."),
        }),
      )
      .describe("The entities from this file."),
  })
  .meta({
    id: "File",
    description: "A file under a directory, and what the journal knows about it.",
    examples: [
      {
        file_id: FILE_ID,
        agent_id: "inbox",
        path: PATH,
        state: "done",
        reason: null,
        next_attempt_at: null,
        size: 1204,
        mtime: AT,
        hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        recipe: "8f14e45fceea167a",
        attempts: 1,
        processed_at: AT,
        error: null,
        outcome: "recorded",
        read: "whole",
        warnings: [],
        entities: [{ type: "task", id: "task_0mch5y3m4e8f", title: "Send the offer" }],
      },
    ],
  });
export type File = z.infer<typeof fileSchema>;
