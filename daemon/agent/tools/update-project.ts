import { z } from "zod";
import { projectFields } from "../../protocol/entity.ts";
import { defineTool, pickGiven } from "../tool.ts";
import { answerWrite } from "./answer.ts";
import { quote } from "./quote.ts";

export const updateProject = defineTool({
  name: "update_project",
  description:
    "Changes a project that this agent made before. Leave out what stays. Of a project from another document, only status changes, with a quote that names it.",
  arguments: z.object({
    id: z.string().describe("From list_projects or create_project."),
    name: projectFields.shape.name.nullish().describe("The new name."),
    description: projectFields.shape.description.nullish().describe("The new description."),
    status: projectFields.shape.status
      .nullish()
      .describe("archived: the document says it is over."),
    quote,
  }),
  run(args, workspace) {
    const { id, quote: passage, ...fields } = args;
    return answerWrite("project", workspace.updateProject(id, pickGiven(fields), passage ?? null));
  },
});
