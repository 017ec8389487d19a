import { z } from "zod";
import { RUN_ID } from "./example.ts";

export const problemSchema = z
  .object({
    type: z.string().describe("about:blank: decide by `code`."),
    title: z.string().describe("The phrase of the status."),
    status: z.int().describe("The HTTP status."),
    code: z.string().describe("Stable: decide by it."),
    detail: z.string().describe("What is wrong, with the value and what was expected."),
    hint: z.string().nullable().describe("What to do about it."),
  })
  .meta({
    id: "Problem",
    description: "An error (RFC 9457); facts of the error are further fields.",
    examples: [
      {
        type: "about:blank",
        title: "Conflict",
        status: 409,
        code: "run_in_progress",
        detail: "The agent inbox has a run in progress.",
        hint: "Wait for it, or cancel it.",
        run_id: RUN_ID,
      },
    ],
  });
/** An error as `application/problem+json`; facts of the error (`run_id` …) are further fields. */
export type Problem = z.infer<typeof problemSchema>;
