import type { Files } from "./disk.ts";

/** How an agent is set up. */
export interface Rules {
  id: string;
  /** on_recipe_change: all */
  asks_again: boolean;
  /** on_delete: retire */
  retires: boolean;
}

/** What an agent could see at one time. */
export interface Sight {
  /** Every file under its directories; of one that is away, what stood there last. */
  files: Files;
  /** Those of a directory that is away. */
  away: ReadonlySet<string>;
  is_paused: boolean;
  recipe: string;
}

export interface KnownFile {
  file_id: string;
  state: string;
  reason: string | null;
  hash: string | null;
  titles: string[];
}

export interface KnownEntity {
  title: string;
  body: string | null;
  is_retired: boolean;
}

/** What the daemon says of one agent. */
export interface Told {
  files: ReadonlyMap<string, KnownFile>;
  entities: readonly KnownEntity[];
}

/** How often the model was asked, by `hash recipe iteration`. */
export type Asked = ReadonlyMap<string, number>;
