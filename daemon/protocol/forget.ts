import { z } from "zod";

const count = z.int().nonnegative();

/** What was purged. Entities, the hash and the journal's rows stay, so that it is not sent again. */
export const forgetAnswer = z.object({
  file_id: z.string().describe("Its id."),
  path: z.string().describe("Absolute."),
  texts: count.describe("Clean texts of it, its earlier versions too."),
  replies: count.describe("Replies of a model, with what its tools answered."),
  quotes: count.describe("Passages that entities rest on."),
  also: z
    .array(z.string())
    .describe(
      "Other files of equal content, of any agent: what is forgotten of one is forgotten of all.",
    ),
});
export type ForgetAnswer = z.infer<typeof forgetAnswer>;
