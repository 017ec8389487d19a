import type { Client } from "../client/client.ts";
import type { Page } from "../protocol/api.ts";
import type { Entity, EntityType } from "../protocol/entity.ts";
import { readPages } from "./list.ts";

/** The options of a command that lists entities: `--limit` and `--all`. */
export interface EntityListOptions {
  all?: true;
  limit: number;
}

/** The newest entities with a status; with `--all`, entities of every status. */
export function listEntities<T extends EntityType>(
  client: Client,
  type: T,
  status: string,
  { all, limit }: EntityListOptions,
): Promise<Page<Entity<T>>> {
  return readPages(limit, (page) => client.entities(type, all ? page : { ...page, status }));
}
