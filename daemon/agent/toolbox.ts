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

/** Every tool there is, in the order in which models are told of them. */
const TOOLS: readonly Tool[] = [
  listProjects,
  createProject,
  updateProject,
  listTasks,
  createTask,
  updateTask,
  listNotes,
  createNote,
  updateNote,
  search,
];

export const TOOL_NAMES: readonly string[] = TOOLS.map((tool) => tool.name);

/** The named tools in their fixed order; all of them when none is named. */
export function selectTools(names: readonly string[]): readonly Tool[] {
  return names.length === 0 ? TOOLS : TOOLS.filter((tool) => names.includes(tool.name));
}
