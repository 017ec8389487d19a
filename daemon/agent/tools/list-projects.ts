import { z } from "zod";
import { defineTool, pickGiven } from "../tool.ts";
import type { ProjectFilter, Workspace } from "../workspace.ts";

const LIMIT = 100;

export const listProjects = defineTool({
  name: "list_projects",
  description: `Lists the active projects with their ids, latest first, ${LIMIT} at most.`,
  arguments: z.object({
    text: z.string().max(200).nullish().describe("Only projects with all these words in the name."),
  }),
  run: (args, workspace) => ({ ok: true, projects: showProjects(workspace, pickGiven(args)) }),
});

/** The active projects as a model reads them. */
export function showProjects(
  workspace: Workspace,
  filter: ProjectFilter,
): { id: string; name: string | undefined }[] {
  return workspace.listProjects(filter, LIMIT).map(({ id, fields }) => ({ id, name: fields.name }));
}
