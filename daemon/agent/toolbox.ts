import { TOOL_NAMES } from "../protocol/tool.ts";
import type { Frame } from "../protocol/document.ts";
import type { Tool } from "./tool.ts";
import { createNote } from "./tools/create-note.ts";
import { createProject } from "./tools/create-project.ts";
import { createTask } from "./tools/create-task.ts";
import { listNotes } from "./tools/list-notes.ts";
import { listProjects } from "./tools/list-projects.ts";
import { listTasks } from "./tools/list-tasks.ts";
import { markGone } from "./tools/mark-gone.ts";
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
  mark_gone: markGone,
};

const TOOLS: readonly Tool[] = TOOL_NAMES.map((name) => BY_NAME[name]);

/** The tools of a job: those that its agent has, without `mark_gone` if there is nothing that it could be called for. */
export function selectToolsFor(names: readonly string[], { earlier }: Frame): readonly Tool[] {
  const isUsed = earlier.some(({ has_no_passage }) => has_no_passage);
  return selectTools(names).filter((tool) => isUsed || tool !== markGone);
}

/** Whether an agent that has the named tools may say that something is gone. */
export function maySayGone(names: readonly string[]): boolean {
  return selectTools(names).includes(markGone);
}

/** Whether an agent that has the named tools may make projects. */
export function mayMakeProjects(names: readonly string[]): boolean {
  return selectTools(names).includes(createProject);
}

/** The named tools in their fixed order; all of them when none is named. */
export function selectTools(names: readonly string[]): readonly Tool[] {
  return names.length === 0 ? TOOLS : TOOLS.filter((tool) => names.includes(tool.name));
}
