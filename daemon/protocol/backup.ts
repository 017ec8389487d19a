import { z } from "zod";

export const backupRequest = z.strictObject({
  path: z
    .string()
    .min(1)
    .exactOptional()
    .describe(
      "An absolute path: a new file, or a directory. Left out: in the directory of the journal's backups.",
    ),
});
export type BackupRequest = z.infer<typeof backupRequest>;

export const backupAnswer = z.object({
  path: z.string().describe("Absolute."),
  size_bytes: z.number().nonnegative().describe("The size of the copy."),
  created_at: z.iso.datetime().describe("The copy holds everything up to this instant, or later."),
});
export type BackupAnswer = z.infer<typeof backupAnswer>;
