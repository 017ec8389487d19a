import type { Client } from "../client/client.ts";
import { all } from "../client/pages.ts";
import { RunnerError } from "../core/errors.ts";
import { escapeText } from "./text.ts";
import { CALL } from "../core/call.ts";

/**
 * The id of a project, from its id or its name (case, width and spacing are ignored). `none` gives null.
 *
 * @throws entity_not_found
 */
export async function findProjectId(client: Client, named: string): Promise<string | null> {
  if (named === "none") return null;
  if (/^project_[0-9a-z]{20}$/.test(named)) return named;
  for await (const { id, name } of listProjects(client, { status: "active" })) {
    if (toKey(name) === toKey(named)) return id;
  }
  throw new RunnerError(
    "entity_not_found",
    `No active project is called ${JSON.stringify(named)}.`,
    { hint: `List them with \`${CALL} projects\`.` },
  );
}

function toKey(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

/** The escaped names of projects by id; empty if none of these entities has a project. */
export async function readProjectNames(
  client: Client,
  entities: readonly { project_id: string | null }[],
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  if (entities.every((entity) => entity.project_id === null)) return names;
  for await (const { id, name } of listProjects(client, {})) names.set(id, escapeText(name));
  return names;
}

function listProjects(client: Client, filter: { status?: string }) {
  return all((page) => client.entities("project", page), { limit: 500, ...filter });
}
