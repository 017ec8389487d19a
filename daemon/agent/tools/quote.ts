import { z } from "zod";

/** The passage of the document that a write rests on; an argument of every writing tool. */
export const quote = z
  .string()
  .max(2_000)
  .nullish()
  .describe("The passage it rests on, word for word.");
