/** The names of all tools, in the order in which models get them. */
export const TOOL_NAMES = [
  "list_projects",
  "create_project",
  "update_project",
  "list_tasks",
  "create_task",
  "update_task",
  "list_notes",
  "create_note",
  "update_note",
  "search",
  "mark_gone",
] as const;
