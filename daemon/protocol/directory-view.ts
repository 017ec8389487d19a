import { z } from "zod";
import { listQuery } from "./api.ts";

const count = z.int().nonnegative();

export const directoriesQuery = listQuery.extend({
  agent_id: z.string().exactOptional().describe("Only this agent's."),
});

/** A directory with the files that lie directly in it. */
export const directoryView = z
  .object({
    agent_id: z.string().describe("Whose files they are."),
    path: z.string().describe("Absolute."),
    root: z.string().describe("The directory of the config that it is in, or is."),
    files: z
      .object({
        pending: count.describe("Waiting."),
        working: count.describe("In work."),
        done: count.describe("Done."),
        failed: count.describe("Failed."),
        skipped: count.describe("Skipped."),
      })
      .describe("Those directly in it, by state; deleted ones are left out."),
  })
  .meta({ id: "Directory", description: "A directory with the files that lie directly in it." });
export type DirectoryView = z.infer<typeof directoryView>;
