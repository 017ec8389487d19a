import { z } from "zod";
import { noteFields } from "../../protocol/entity.ts";
import { defineTool, pickGiven } from "../tool.ts";
import { answerWrite } from "./answer.ts";
import { quote } from "./quote.ts";

export const updateNote = defineTool({
  name: "update_note",
  description:
    "Changes a note that this agent made before. Leave out what stays. Of a note from another document, only status changes, with a quote that names it.",
  arguments: z.object({
    id: z.string().describe("From list_notes or create_note."),
    title: noteFields.shape.title.nullish().describe("The new title."),
    body: noteFields.shape.body.nullish().describe("The whole new body, in Markdown."),
    status: noteFields.shape.status.nullish().describe("archived: it no longer holds."),
    project_id: noteFields.shape.project_id.nullish().describe("Its project's id."),
    tags: noteFields.shape.tags.nullish().describe("All its tags."),
    quote,
  }),
  run(args, workspace) {
    const { id, quote: passage, ...fields } = args;
    return answerWrite("note", workspace.updateNote(id, pickGiven(fields), passage ?? null));
  },
});
