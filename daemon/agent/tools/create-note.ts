import { z } from "zod";
import { noteFields } from "../../protocol/entity.ts";
import { defineTool, pickGiven } from "../tool.ts";
import { project } from "./project.ts";
import { quote } from "./quote.ts";
import { answerWrite } from "./answer.ts";

export const createNote = defineTool({
  name: "create_note",
  description:
    "Records a note. A note that this file made before under the same title is updated instead.",
  arguments: z.object({
    title: noteFields.shape.title.describe("What the note is about."),
    body: noteFields.shape.body.nullish().describe("The note itself, in Markdown."),
    project_id: noteFields.shape.project_id.nullish().describe("Its project's id."),
    project,
    tags: noteFields.shape.tags.nullish().describe("A few words to find it by."),
    quote,
  }),
  run(args, workspace) {
    const { quote: passage, project: named, ...fields } = args;
    return answerWrite(
      "note",
      workspace.createNote(
        { ...pickGiven(fields), title: fields.title },
        passage ?? null,
        named ?? null,
      ),
    );
  },
});
