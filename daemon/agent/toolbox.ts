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

// For a document that nothing came from before, and that names nothing of other files. `search` is what a user's own
// instructions may ask for.
const FOR_NEW: readonly Tool[] = [createProject, createTask, createNote, search];

/**
 * The tools of a job: those that its agent has, without `mark_gone` if there is nothing that it could be called for. Where
 * a document can only give new things, those that make them, if the agent has any.
 */
export function selectToolsFor(
  names: readonly string[],
  { earlier, only_new }: Frame,
): readonly Tool[] {
  const all = selectTools(names);
  const forNew = only_new ? all.filter((tool) => FOR_NEW.includes(tool)) : [];
  if (forNew.some((tool) => tool !== search)) return forNew;
  const isUsed = earlier.some(({ has_no_passage }) => has_no_passage);
  return all.filter((tool) => isUsed || tool !== markGone);
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
