import { z } from "zod";
import { taskFields } from "../../protocol/entity.ts";
import { defineTool, pickGiven } from "../tool.ts";
import { project } from "./project.ts";
import { quote } from "./quote.ts";
import { answerWrite } from "./answer.ts";

export const createTask = defineTool({
  name: "create_task",
  description:
    "Records one thing to do. A task that this file made before under the same title is updated instead.",
  arguments: z.object({
    title: taskFields.shape.title.describe("What is to be done, as a short imperative."),
    description: taskFields.shape.description.nullish().describe("Who, how, and other details."),
    status: taskFields.shape.status.nullish().describe("Left out: open."),
    priority: taskFields.shape.priority.nullish().describe("Left out: normal."),
    due_date: taskFields.shape.due_date
      .nullish()
      .describe("YYYY-MM-DD; only where the document names one."),
    project_id: taskFields.shape.project_id.nullish().describe("Its project's id."),
    project,
    tags: taskFields.shape.tags.nullish().describe("A few words to find it by."),
    quote,
  }),
  run(args, workspace) {
    const { quote: passage, project: named, ...fields } = args;
    return answerWrite(
      "task",
      workspace.createTask(
        { ...pickGiven(fields), title: fields.title },
        passage ?? null,
        named ?? null,
      ),
    );
  },
});
