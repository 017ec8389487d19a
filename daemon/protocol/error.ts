import { z } from "zod";

/** What is kept of an error that a file or a run met. */
export const errorSchema = z
  .object({
    code: z.string().describe("Stable: what to decide by."),
    message: z.string().describe("What is wrong, with the value and what was expected."),
    hint: z.string().nullable().describe("What to do about it."),
  })
  .meta({ id: "Error", description: "An error that a file or a run met." });
