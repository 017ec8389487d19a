import { z } from "zod";
import { listQuery } from "./api.ts";

const count = z.int().nonnegative();

export const directoriesQuery = listQuery.extend({
  agent_id: z.string().exactOptional().describe("Only of this agent."),
});

/** A directory with the files directly in it. */
export const directoryView = z
  .object({
    agent_id: z.string().describe("The agent that reads the files."),
    path: z.string().describe("Absolute."),
    root: z.string().describe("The directory of the config that contains it, or is it."),
    files: z
      .object({
        pending: count.describe("Waiting."),
        working: count.describe("In progress."),
        done: count.describe("Done."),
        failed: count.describe("Failed."),
        skipped: count.describe("Skipped."),
      })
      .describe("The number of files directly in it, by state, without deleted files."),
  })
  .meta({ id: "Directory", description: "A directory with the files directly in it." });
export type DirectoryView = z.infer<typeof directoryView>;
