import { z } from "zod";
import { defineTool } from "../tool.ts";

/** Ends the job. The loop offers it beside the tools of an agent, and decides what it answers. */
export const finish = defineTool({
  name: "finish",
  description: "Ends the work. Call it last, in the reply that has the other calls.",
  arguments: z.object({
    summary: z.string().nullish().describe("What was recorded, in one sentence."),
  }),
  run: () => ({ ok: true }),
});
