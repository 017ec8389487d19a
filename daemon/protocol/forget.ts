import { z } from "zod";

const count = z.int().nonnegative();

/** What was purged. Entities, the hash and the journal's rows stay, so the file is not sent again. */
export const forgetAnswer = z.object({
  file_id: z.string().describe("Its id."),
  path: z.string().describe("Absolute."),
  texts: count.describe("Clean texts of the file and its earlier versions."),
  replies: count.describe("Replies of a model, with the answers of its tools."),
  quotes: count.describe("Passages that entities came from."),
  drafts: count.describe("What was typed about things from it and not saved."),
  also: z
    .array(z.string())
    .describe(
      "Other files of equal content, of any agent: what is forgotten of one is forgotten of all.",
    ),
});
export type ForgetAnswer = z.infer<typeof forgetAnswer>;
