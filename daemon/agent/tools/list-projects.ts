import { z } from "zod";
import { defineTool } from "../tool.ts";
import type { Workspace } from "../workspace.ts";

export const listProjects = defineTool({
  name: "list_projects",
  description: "Lists the active projects with their ids, the most recently updated first.",
  arguments: z.object({}),
  run: (_args, workspace) => ({ ok: true, projects: showProjects(workspace) }),
});

/** The active projects as a model reads them. */
export function showProjects(workspace: Workspace): { id: string; name: string | undefined }[] {
  return workspace.listProjects().map(({ id, fields }) => ({ id, name: fields.name }));
}
