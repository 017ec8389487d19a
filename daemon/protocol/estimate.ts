import { z } from "zod";

export const estimateQuery = z.object({
  force: z
    .stringbool()
    .default(false)
    .describe("Estimate a forced run instead of the files that wait for consent."),
});
export type EstimateQuery = z.infer<typeof estimateQuery>;

/** The estimated cost of files. Tokens are estimated from the files' sizes. */
export const estimateSchema = z.object({
  files: z.int().nonnegative().describe("Files that would be sent."),
  input_tokens: z.int().nonnegative().describe("Tokens to be sent."),
  output_tokens: z.int().nonnegative().describe("Tokens to be written."),
  cost_usd: z.number().nonnegative().nullable().describe("US dollars; null: the price is unknown."),
});
export type Estimate = z.infer<typeof estimateSchema>;
