import type { Client } from "../../daemon/client/client.ts";

/** An address of each page, on what there is. */
export async function listPageAddresses(client: Client): Promise<string[]> {
  const [runs, files, tasks, notes, projects] = await Promise.all([
    client.runs(),
    client.files(),
    client.entities("task"),
    client.entities("note"),
    client.entities("project"),
  ]);
  return [
    "/",
    "/runs",
    ...runs.items.slice(0, 1).map(({ run_id }) => `/runs/${run_id}`),
    "/files",
    "/files?view=tree",
    ...files.items.slice(0, 8).map(({ file_id }) => `/files/${file_id}`),
    "/tasks",
    "/tasks?group=project",
    ...tasks.items.slice(0, 2).map(({ id }) => `/tasks/${id}`),
    "/notes",
    ...notes.items.slice(0, 2).map(({ id }) => `/notes/${id}`),
    "/search?q=e",
    "/usage",
    "/sent",
    "/agents",
    "/agents/inbox",
    "/settings",
    "/settings?view=text",
    "/projects",
    ...projects.items.slice(0, 1).map(({ id }) => `/projects/${id}`),
  ];
}
