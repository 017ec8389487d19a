import { z } from "zod";
import { defineTool } from "../tool.ts";

const LIMIT = 30;

export const search = defineTool({
  name: "search",
  description: `Finds projects, tasks and notes by words of their titles, latest first, ${LIMIT} at most.`,
  arguments: z.object({
    text: z.string().trim().min(1).max(200).describe("Words that must all occur in the title."),
  }),
  run({ text }, workspace) {
    const results = workspace.search(text, LIMIT).map(({ type, id, fields }) => ({
      type,
      id,
      title: "name" in fields ? fields.name : "title" in fields ? fields.title : undefined,
      status: fields.status,
    }));
    return { ok: true, results };
  },
});
