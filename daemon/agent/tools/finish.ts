import { z } from "zod";
import { defineTool } from "../tool.ts";

/** Ends the job. The loop offers it beside the tools of an agent, and decides what it answers. */
export const finish = defineTool({
  name: "finish",
  description:
    "Ends the work on this document. Call it last, in the same reply as the calls that record something.",
  arguments: z.object({
    summary: z.string().nullish().describe("What was recorded, in one short sentence."),
  }),
  run: () => ({ ok: true }),
});
