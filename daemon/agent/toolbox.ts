import { TOOL_NAMES } from "../protocol/tool.ts";
import type { Tool } from "./tool.ts";
import { createNote } from "./tools/create-note.ts";
import { createProject } from "./tools/create-project.ts";
import { createTask } from "./tools/create-task.ts";
import { listNotes } from "./tools/list-notes.ts";
import { listProjects } from "./tools/list-projects.ts";
import { listTasks } from "./tools/list-tasks.ts";
import { search } from "./tools/search.ts";
import { updateNote } from "./tools/update-note.ts";
import { updateProject } from "./tools/update-project.ts";
import { updateTask } from "./tools/update-task.ts";

const BY_NAME: Record<(typeof TOOL_NAMES)[number], Tool> = {
  list_projects: listProjects,
  create_project: createProject,
  update_project: updateProject,
  list_tasks: listTasks,
  create_task: createTask,
  update_task: updateTask,
  list_notes: listNotes,
  create_note: createNote,
  update_note: updateNote,
  search,
};

const TOOLS: readonly Tool[] = TOOL_NAMES.map((name) => BY_NAME[name]);

/** The named tools in their fixed order; all of them when none is named. */
export function selectTools(names: readonly string[]): readonly Tool[] {
  return names.length === 0 ? TOOLS : TOOLS.filter((tool) => names.includes(tool.name));
}
