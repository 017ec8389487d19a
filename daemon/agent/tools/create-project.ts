import { z } from "zod";
import { projectFields } from "../../protocol/entity.ts";
import { defineTool, pickGiven } from "../tool.ts";
import { answerWrite } from "./answer.ts";
import { showProjects } from "./list-projects.ts";
import { quote } from "./quote.ts";

export const createProject = defineTool({
  name: "create_project",
  description:
    "Records a project. Where an active project of that name exists already, it is given instead. Answers with the new list of projects.",
  arguments: z.object({
    name: projectFields.shape.name.describe("The project's name."),
    description: projectFields.shape.description.nullish().describe("What it is about."),
    quote,
  }),
  run(args, workspace) {
    const { quote: passage, ...fields } = args;
    const written = workspace.createProject(
      { ...pickGiven(fields), name: fields.name },
      passage ?? null,
    );
    const answer = answerWrite("project", written);
    return answer.ok ? { ...answer, projects: showProjects(workspace, {}) } : answer;
  },
});
