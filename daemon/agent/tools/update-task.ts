import { z } from "zod";
import { taskFields } from "../../protocol/entity.ts";
import { defineTool, pickGiven } from "../tool.ts";
import { quote } from "./quote.ts";
import { answerWrite } from "./answer.ts";

export const updateTask = defineTool({
  name: "update_task",
  description:
    "Changes a task that this agent made before. Leave out what stays. Of a task from another document, only status, priority and due date change, with a quote that names it.",
  arguments: z.object({
    id: z.string().describe("From list_tasks or create_task."),
    title: taskFields.shape.title.nullish().describe("The new title."),
    description: taskFields.shape.description.nullish().describe("The new description."),
    status: taskFields.shape.status.nullish().describe("The new status."),
    priority: taskFields.shape.priority.nullish().describe("The new priority."),
    due_date: taskFields.shape.due_date.nullish().describe("YYYY-MM-DD."),
    project_id: taskFields.shape.project_id.nullish().describe("Its project's id."),
    tags: taskFields.shape.tags.nullish().describe("All its tags."),
    quote,
  }),
  run(args, workspace) {
    const { id, quote: passage, ...fields } = args;
    return answerWrite("task", workspace.updateTask(id, pickGiven(fields), passage ?? null));
  },
});
