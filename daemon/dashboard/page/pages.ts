import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Page } from "../../protocol/api.ts";
import { get, withQuery } from "./api.ts";
import { type Concerns, useReload } from "./data.ts";

/** A list that is read page by page as you scroll, and kept up to date where you look. */
export interface Pages<T> {
  items: readonly T[];
  /** Nothing is known yet. */
  isLoading: boolean;
  error: unknown;
  hasMore: boolean;
  loadMore(): void;
  reload(): void;
  /** Whoever shows the list says which items are in view, by index. */
  look(first: number, last: number): void;
}

interface LoadedPage<T> {
  cursor: string | undefined;
  items: readonly T[];
  next: string | null;
}

type Show<T> = (pages: readonly LoadedPage<T>[], error?: unknown) => void;
type PageReader = Pick<Pages<unknown>, "loadMore" | "reload" | "look"> & { end(): void };

const PAGE = 100;
const PACE_MS = 800;

/** @param path a list route with its filters, without limit and cursor */
export function usePages<T>(path: string, concerns: Concerns): Pages<T> {
  const [state, setState] = useState<{
    path: string;
    pages: readonly LoadedPage<T>[];
    error?: unknown;
  }>({ path, pages: [] });
  const reader = useRef<PageReader | undefined>(undefined);
  useEffect(() => {
    const own = createPageReader<T>(path, (pages, error) => setState({ path, pages, error }));
    reader.current = own;
    return () => own.end();
  }, [path]);
  const reload = useCallback(() => reader.current?.reload(), []);
  useReload(reload, concerns, PACE_MS);

  const isCurrent = state.path === path;
  const pages = isCurrent ? state.pages : [];
  return {
    items: pages.flatMap((page) => page.items),
    isLoading: pages.length === 0 && (!isCurrent || state.error === undefined),
    error: isCurrent ? state.error : undefined,
    hasMore: (pages.at(-1)?.next ?? null) !== null,
    loadMore: useCallback(() => reader.current?.loadMore(), []),
    reload,
    look: (first, last) => reader.current?.look(first, last),
  };
}

/** Starts to read a list, one thing at a time, and shows what is known after each. */
function createPageReader<T>(path: string, show: Show<T>): PageReader {
  const ending = new AbortController();
  const { signal } = ending;
  let pages: readonly LoadedPage<T>[] = [];
  let view = { first: 0, last: 0 };
  let isBusy = false;
  let isStale = false;

  const read = async (cursor?: string): Promise<LoadedPage<T>> => {
    const page = await get<Page<T>>(withQuery(path, { limit: PAGE, cursor }), signal);
    return { cursor, items: page.items, next: page.next_cursor };
  };
  const readInView = async (): Promise<LoadedPage<T>[]> => {
    const fresh: LoadedPage<T>[] = [];
    let start = 0;
    for (const page of pages) {
      const isInView = start <= view.last && start + page.items.length >= view.first;
      start += page.items.length;
      const now = isInView ? await read(page.cursor) : page;
      fresh.push(now);
      // What follows begins elsewhere now: it is read again when you scroll to it.
      if (now.next !== page.next) break;
    }
    return fresh;
  };
  const work = async (readPages: () => Promise<readonly LoadedPage<T>[]>): Promise<void> => {
    isBusy = true;
    isStale = false;
    try {
      pages = await readPages();
      if (!signal.aborted) show(pages);
    } catch (error) {
      if (!signal.aborted) show(pages, error);
    }
    isBusy = false;
    if (isStale && !signal.aborted) reload();
  };
  const reload = (): void => {
    // Something changed while it is read: it is read again afterwards.
    if (isBusy) isStale = true;
    else void work(async () => (pages.length === 0 ? [await read()] : readInView()));
  };

  show([]);
  reload();
  return {
    loadMore() {
      const next = pages.at(-1)?.next ?? null;
      if (next === null || isBusy) return;
      void work(async () => [...pages, await read(next)]);
    },
    reload,
    look: (first, last) => (view = { first, last }),
    end: () => ending.abort(),
  };
}
