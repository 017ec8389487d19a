import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Page } from "../../protocol/api.ts";
import type { Entity, EntityType } from "../../protocol/entity.ts";
import { ApiError, get, withQuery } from "./api.ts";
import { createReader, NOTHING, useReload } from "./data.ts";
import { onEvent } from "./live.ts";

/** All entities of a type, for a list that the page groups and sorts. */
export interface All<T> {
  items: readonly T[];
  /** Everything was read once. */
  isWhole: boolean;
  error: unknown;
  reload(): void;
  /** Shows what a person just changed, before the daemon reports it. */
  put(item: T): void;
}

const PAGE = 500;
const PACE_MS = 400;
// Above this many changes at a time, everything is read anew.
const MOST_SINGLE = 30;

type Query = Readonly<Record<string, string | undefined>>;

interface Known<T> {
  path: string;
  items: ReadonlyMap<string, T>;
  isWhole: boolean;
  error?: unknown;
}

/**
 * Reads every entity, newest first, and shows what is there so far. A change is read alone; what no longer
 * meets the filter stays where it is until the list is opened again, so that nothing vanishes under the pointer.
 */
export function useAll<T extends EntityType>(type: T, query: Query): All<Entity<T>> {
  const path = withQuery(`/api/${type}s`, query);
  const [state, setState] = useState<Known<Entity<T>>>({ path, items: new Map(), isWhole: false });
  const reader = useRef<() => void>(() => {});
  const reload = useCallback(() => reader.current(), []);

  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    reader.current = createReader(async () => {
      try {
        await readAll<Entity<T>>(path, signal, (items, isWhole) =>
          setState((before) =>
            // A whole list is not cut down to its beginning while it is read anew.
            before.path === path && before.isWhole && !isWhole ? before : { path, items, isWhole },
          ),
        );
      } catch (error) {
        if (!signal.aborted) setState((before) => ({ ...before, path, error }));
      }
    });
    reader.current();
    return () => {
      ending.abort();
      reader.current = () => {};
    };
  }, [path]);

  const filter = useRef(query);
  filter.current = query;
  useReload(reload, NOTHING);
  useChanges(type, reload, (found) =>
    setState((before) => ({ ...before, items: withChanges(before.items, found, filter.current) })),
  );

  const isCurrent = state.path === path;
  const items = useMemo(
    () => (isCurrent ? [...state.items.values()] : []),
    [isCurrent, state.items],
  );
  return {
    items,
    isWhole: isCurrent && state.isWhole,
    error: isCurrent ? state.error : undefined,
    reload,
    put: (item) =>
      setState((before) => ({ ...before, items: withChanges(before.items, [[item.id, item]]) })),
  };
}

/** An id, and what the daemon now says of it; undefined: it is deleted. */
type Change<T> = readonly [id: string, entity: T | undefined];

/** Reads each entity that an event names. After many events at once, or an error, it calls `reload` instead. */
function useChanges<T extends EntityType>(
  type: T,
  reload: () => void,
  take: (found: readonly Change<Entity<T>>[]) => void,
): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const changed = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = async (): Promise<void> => {
      timer = undefined;
      const ids = [...changed];
      changed.clear();
      if (ids.length > MOST_SINGLE) return reload();
      latest.current(await Promise.all(ids.map(async (id) => [id, await find(type, id)] as const)));
    };
    const end = onEvent((event) => {
      if (event.type !== "entity.changed" || event.entity_type !== type) return;
      changed.add(event.id);
      timer ??= setTimeout(() => void settle().catch(reload), PACE_MS);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [type]);
}

/** Known entities stay in their place; new ones that meet the filter come first, the last of them at the top. */
function withChanges<T extends object>(
  known: ReadonlyMap<string, T>,
  found: readonly Change<T>[],
  filter: Query = {},
): ReadonlyMap<string, T> {
  const items = new Map(known);
  const added: [id: string, entity: T][] = [];
  for (const [id, entity] of found) {
    if (entity === undefined) items.delete(id);
    else if (items.has(id)) items.set(id, entity);
    else if (meets(entity, filter)) added.unshift([id, entity]);
  }
  return new Map([...added, ...items]);
}

async function readAll<Item extends { id: string }>(
  path: string,
  signal: AbortSignal,
  show: (items: Map<string, Item>, isWhole: boolean) => void,
): Promise<void> {
  const items = new Map<string, Item>();
  let cursor: string | null = null;
  do {
    const query = { limit: PAGE, cursor: cursor ?? undefined };
    const page: Page<Item> = await get(withQuery(path, query), signal);
    for (const item of page.items) items.set(item.id, item);
    cursor = page.next_cursor;
    // The first page can be used while the rest is on its way.
    if (cursor === null || items.size === PAGE) show(new Map(items), cursor === null);
  } while (cursor !== null);
}

async function find<T extends EntityType>(type: T, id: string): Promise<Entity<T> | undefined> {
  try {
    return await get<Entity<T>>(`/api/${type}s/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error instanceof ApiError && error.code === "entity_not_found") return undefined;
    throw error;
  }
}

function meets(entity: object, query: Query): boolean {
  return Object.entries(query).every(
    ([name, value]) => value === undefined || value === "" || Reflect.get(entity, name) === value,
  );
}
