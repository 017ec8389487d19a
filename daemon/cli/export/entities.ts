import type { Client } from "../../client/client.ts";
import { all } from "../../client/pages.ts";
import type { EntityType, Note, Project, Task } from "../../protocol/entity.ts";

/** Everything that an export contains, oldest first, so that repeated exports are equal. */
export interface Entities {
  projects: readonly Project[];
  tasks: readonly Task[];
  notes: readonly Note[];
}

export async function readEntities(client: Client): Promise<Entities> {
  return {
    projects: await readAll<Project>(client, "project"),
    tasks: await readAll<Task>(client, "task"),
    notes: await readAll<Note>(client, "note"),
  };
}

async function readAll<T extends { id: string; created_at: string }>(
  client: Client,
  type: EntityType,
): Promise<T[]> {
  const items: T[] = [];
  for await (const item of all((page) => client.entities(type, page), { limit: 500 })) {
    items.push(item as unknown as T);
  }
  return oldestFirst(items);
}

export function oldestFirst<T extends { id: string; created_at: string }>(
  items: readonly T[],
): T[] {
  return items.toSorted((a, b) => compare(a.created_at, b.created_at) || compare(a.id, b.id));
}

/** Compares by code units, which gives the same order on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
