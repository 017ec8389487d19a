import { z } from "zod";

/** The stored error of a file or a run. */
export const errorSchema = z
  .object({
    code: z.string().describe("Stable: decide by it."),
    message: z.string().describe("What is wrong, with the value and what was expected."),
    hint: z.string().nullable().describe("What to do about it."),
  })
  .meta({ id: "Error", description: "The error of a file or a run." });
