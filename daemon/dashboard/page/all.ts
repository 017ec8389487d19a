import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Page } from "../../protocol/api.ts";
import type { Entity, EntityType } from "../../protocol/entity.ts";
import { ApiError, get, withQuery } from "./api.ts";
import { createReader, NOTHING, useReload } from "./data.ts";
import { onEvent } from "./live.ts";

/** All entities of a kind, for a list that is grouped and sorted here. */
export interface All<T> {
  items: readonly T[];
  /** Everything was read once. */
  isWhole: boolean;
  error: unknown;
  reload(): void;
  /** Puts what a person just changed where it belongs, before the daemon tells of it. */
  put(item: T): void;
}

const PAGE = 500;
const PACE_MS = 400;
// Above this many changes at a time, all is read anew.
const MOST_SINGLE = 30;

/**
 * Reads every entity, newest first, and shows what is there so far. A change is read alone; what no longer
 * meets the filter stays where it is until the list is opened again, so that nothing vanishes under the pointer.
 */
export function useAll<T extends EntityType>(
  type: T,
  query: Readonly<Record<string, string | undefined>>,
): All<Entity<T>> {
  const path = withQuery(`/api/${type}s`, query);
  const [state, setState] = useState<{
    path: string;
    items: Map<string, Entity<T>>;
    isWhole: boolean;
    error?: unknown;
  }>({ path, items: new Map(), isWhole: false });
  const reader = useRef<() => void>(() => {});
  const reload = useCallback(() => reader.current(), []);

  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    reader.current = createReader(async () => {
      try {
        await readAll<Entity<T>>(path, signal, (items, isWhole) =>
          setState((before) =>
            // What is there already is not cut down to its beginning while it is read anew.
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

  const matches = useRef(query);
  matches.current = query;
  useReload(reload, NOTHING);
  useEffect(() => {
    const changed = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = async (): Promise<void> => {
      timer = undefined;
      const ids = [...changed];
      changed.clear();
      if (ids.length > MOST_SINGLE) return reload();
      const found = await Promise.all(ids.map((id) => find(type, id)));
      setState((before) => {
        const items = new Map(before.items);
        const added: [id: string, entity: Entity<T>][] = [];
        for (const [index, entity] of found.entries()) {
          const id = ids[index] ?? "";
          if (entity === undefined) items.delete(id);
          else if (items.has(id)) items.set(id, entity);
          else if (meets(entity, matches.current)) added.unshift([id, entity]);
        }
        return { ...before, items: new Map([...added, ...items]) };
      });
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
      setState((before) => {
        const isKnown = before.items.has(item.id);
        const items = isKnown
          ? new Map(before.items).set(item.id, item)
          : new Map([[item.id, item], ...before.items]);
        return { ...before, items };
      }),
  };
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
    // While the rest comes, what is there already can be used.
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

function meets(entity: object, query: Readonly<Record<string, string | undefined>>): boolean {
  return Object.entries(query).every(
    ([name, value]) => value === undefined || value === "" || Reflect.get(entity, name) === value,
  );
}
