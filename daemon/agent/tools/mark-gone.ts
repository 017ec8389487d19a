import { z } from "zod";
import { defineTool } from "../tool.ts";

export const markGone = defineTool({
  name: "mark_gone",
  description:
    "Says that this document no longer has something that the file gave before. Only for what is listed as having no passage.",
  arguments: z.object({
    id: z.string().describe("From the list of what the file gave before."),
  }),
  run({ id }, workspace) {
    const marked = workspace.markGone(id);
    return marked.outcome === "refused"
      ? { ok: false, error: marked.reason }
      : { ok: true, outcome: marked.outcome };
  },
});
