import { Option } from "commander";
import type { Client } from "../client/client.ts";
import type { Page } from "../protocol/api.ts";
import type { Entity, EntityType } from "../protocol/entity.ts";
import { readPages } from "./list.ts";

/** The options of a command that lists entities: `--limit` and `--all`. */
export interface EntityListOptions {
  all?: true;
  limit: number;
  dropped?: true;
}

/** `--dropped`, for the commands that list entities. */
export function droppedOption(): Option {
  return new Option("--dropped", "show only what is no longer in its file");
}

/** The newest entities with a status; with `--all`, entities of every status. */
export function listEntities<T extends EntityType>(
  client: Client,
  type: T,
  status: string,
  { all, limit, dropped }: EntityListOptions,
): Promise<Page<Entity<T>>> {
  const only = { ...(!all && { status }), ...(dropped && { in_file: false }) };
  return readPages(limit, (page) => client.entities(type, { ...page, ...only }));
}
