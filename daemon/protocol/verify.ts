import { z } from "zod";

export const directoryCoverage = z.object({
  agent_id: z.string().describe("The agent that watches it."),
  path: z.string().describe("Its absolute path."),
  online: z.boolean().describe("Whether it could be read."),
  on_disk: z.int().nonnegative().describe("The sum of the rest."),
  done: z.int().nonnegative().describe("Files that are done."),
  pending: z.int().nonnegative().describe("Files that wait or are in progress."),
  failed: z.int().nonnegative().describe("Files that failed."),
  skipped: z.int().nonnegative().describe("Files that are not read."),
  unaccounted: z.array(z.string()).describe("Files that the journal does not know."),
  ignored: z
    .array(
      z.object({
        path: z.string().describe("Where it is."),
        reason: z.string().describe("Why it is not read."),
      }),
    )
    .describe("Directories that are not read."),
});
export const verifySchema = z.object({
  complete: z.boolean().describe("The journal accounts for every file under every directory."),
  directories: z.array(directoryCoverage).describe("Each directory of each agent."),
});
export type DirectoryCoverage = z.infer<typeof directoryCoverage>;
export type Verify = z.infer<typeof verifySchema>;
