import { findActiveProject, type StoredEntity } from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";

/**
 * The other active project that has the name of this one; undefined if the name is free. The names of active
 * projects are unique; the names of archived ones are not.
 *
 * @param ownId undefined: the project does not exist yet
 */
export function findNamesake(
  journal: Journal,
  { name, status }: { name?: string; status?: string },
  ownId?: string,
): StoredEntity<"project"> | undefined {
  if (status !== "active" || name === undefined) return undefined;
  const active = findActiveProject(journal, name);
  return active?.id === ownId ? undefined : active;
}
