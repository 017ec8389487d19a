import { z } from "zod";

export const backupRequest = z.strictObject({
  path: z
    .string()
    .min(1)
    .exactOptional()
    .describe("Absolute; a file that is not there, or a directory. Left out: among the journal's."),
});
export type BackupRequest = z.infer<typeof backupRequest>;

export const backupAnswer = z.object({
  path: z.string().describe("Absolute."),
  size_bytes: z.number().nonnegative().describe("Of the copy."),
  created_at: z.iso.datetime().describe("The copy is of no earlier instant."),
});
export type BackupAnswer = z.infer<typeof backupAnswer>;
