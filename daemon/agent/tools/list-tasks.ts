import { z } from "zod";
import { taskFields } from "../../protocol/entity.ts";
import { defineTool, pickGiven } from "../tool.ts";

const LIMIT = 50;

export const listTasks = defineTool({
  name: "list_tasks",
  description: `Lists tasks with their ids and states, latest first, ${LIMIT} at most.`,
  arguments: z.object({
    status: taskFields.shape.status.nullish().describe("Only tasks of this status."),
    project_id: z.string().nullish().describe("Only tasks of this project."),
    text: z.string().max(200).nullish().describe("Only tasks with all these words in the title."),
  }),
  run({ project_id, ...rest }, workspace) {
    const filter = { ...pickGiven(rest), ...(project_id ? { project_id } : {}) };
    const tasks = workspace.listTasks(filter, LIMIT).map(({ id, fields }) => ({
      id,
      title: fields.title,
      status: fields.status,
      due_date: fields.due_date,
      project_id: fields.project_id,
    }));
    return { ok: true, tasks };
  },
});
