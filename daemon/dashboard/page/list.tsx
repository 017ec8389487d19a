import type { ComponentChildren, VNode } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Page } from "../../protocol/api.ts";
import { get, withQuery } from "./api.ts";
import { type Concerns, useReload } from "./data.ts";
import { Fault, Waiting } from "./parts.tsx";

interface LoadedPage<T> {
  cursor: string | undefined;
  items: readonly T[];
  next: string | null;
}

/** A list that is read page by page as it is scrolled, and kept up to date where it is looked at. */
export interface Pages<T> {
  items: readonly T[];
  /** Nothing is known yet. */
  isLoading: boolean;
  error: unknown;
  hasMore: boolean;
  loadMore(): void;
  reload(): void;
  /** Said by who shows it: which items are in view. */
  look(first: number, last: number): void;
}

const PAGE = 100;

/** @param path a list route with its filters, without limit and cursor */
export function usePages<T>(path: string, concerns: Concerns): Pages<T> {
  const [state, setState] = useState<{ path: string; pages: LoadedPage<T>[]; error?: unknown }>({
    path,
    pages: [],
  });
  const known = useRef(state);
  const view = useRef({ first: 0, last: 0 });
  const busy = useRef<AbortController | undefined>(undefined);
  const isStale = useRef(false);

  const put = (pages: LoadedPage<T>[], error?: unknown): void => {
    known.current = { path, pages, error };
    setState(known.current);
  };
  const read = async (cursor: string | undefined, signal: AbortSignal): Promise<LoadedPage<T>> => {
    const page = await get<Page<T>>(withQuery(path, { limit: PAGE, cursor }), signal);
    return { cursor, items: page.items, next: page.next_cursor };
  };
  /** One thing at a time; what was under way gives way to a new path. */
  const work = (act: (signal: AbortSignal) => Promise<void>): void => {
    if (busy.current !== undefined) return;
    isStale.current = false;
    const ending = new AbortController();
    busy.current = ending;
    act(ending.signal)
      .catch((error: unknown) => {
        if (!ending.signal.aborted) put(known.current.pages, error);
      })
      .finally(() => {
        if (busy.current !== ending) return;
        busy.current = undefined;
        if (isStale.current) reload();
      });
  };

  useEffect(() => {
    view.current = { first: 0, last: 0 };
    put([]);
    work(async (signal) => put([await read(undefined, signal)]));
    return () => {
      busy.current?.abort();
      busy.current = undefined;
    };
  }, [path]);

  const loadMore = useCallback(() => {
    const next = known.current.pages.at(-1)?.next ?? null;
    if (next === null) return;
    work(async (signal) => {
      const page = await read(next, signal);
      put([...known.current.pages, page]);
    });
  }, [path]);

  const reload = useCallback(() => {
    // Something changed while it is read: it is read again afterwards.
    if (busy.current !== undefined) isStale.current = true;
    work(async (signal) => {
      const pages = [...known.current.pages];
      let start = 0;
      for (const [index, page] of pages.entries()) {
        const isInView =
          start <= view.current.last && start + page.items.length >= view.current.first;
        start += page.items.length;
        if (!isInView) continue;
        const fresh = await read(page.cursor, signal);
        pages[index] = fresh;
        // What followed begins elsewhere by now: it is read again when it is scrolled to.
        if (fresh.next !== page.next) {
          pages.length = index + 1;
          break;
        }
      }
      put(pages.length === 0 ? [await read(undefined, signal)] : pages);
    });
  }, [path]);
  useReload(reload, concerns, 800);

  const isCurrent = state.path === path;
  const pages = isCurrent ? state.pages : [];
  return {
    items: pages.flatMap((page) => page.items),
    isLoading: pages.length === 0 && (!isCurrent || state.error === undefined),
    error: isCurrent ? state.error : undefined,
    hasMore: (pages.at(-1)?.next ?? null) !== null,
    loadMore,
    reload,
    look: (first, last) => (view.current = { first, last }),
  };
}

/** A row's height in pixels: where there is little room, a row has two lines. */
export function useRowHeight(wide: number, narrow: number): number {
  const query = "(max-width: 720px)";
  const [isNarrow, setNarrow] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const read = (): void => setNarrow(media.matches);
    media.addEventListener("change", read);
    return () => media.removeEventListener("change", read);
  }, []);
  return isNarrow ? narrow : wide;
}

// Rows beyond the window that are there already when it is scrolled.
const AHEAD = 12;

/** Rows of one height, of which only those near the window are in the document. */
export function VirtualRows<T>({
  items,
  rowHeight,
  keyOf,
  children,
  onView,
  label,
}: {
  items: readonly T[];
  rowHeight: number;
  keyOf(item: T, index: number): string;
  children(item: T): ComponentChildren;
  onView?(first: number, last: number): void;
  label: string;
}): VNode {
  const list = useRef<HTMLUListElement>(null);
  const [range, setRange] = useState({ first: 0, last: 40 });
  useLayoutEffect(() => {
    const measure = (): void => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / rowHeight) - AHEAD);
      const last = Math.ceil((window.innerHeight - top) / rowHeight) + AHEAD;
      setRange((before) =>
        before.first === first && before.last === last ? before : { first, last },
      );
    };
    measure();
    window.addEventListener("scroll", measure, { passive: true });
    window.addEventListener("resize", measure);
    return () => {
      window.removeEventListener("scroll", measure);
      window.removeEventListener("resize", measure);
    };
  }, [rowHeight, items.length]);
  useEffect(() => onView?.(range.first, Math.min(range.last, items.length)), [range, items.length]);
  const shown = items.slice(range.first, range.last);
  return (
    <ul
      ref={list}
      class="rows"
      aria-label={label}
      style={{ height: `${items.length * rowHeight}px` }}
    >
      {shown.map((item, index) => (
        <li
          key={keyOf(item, range.first + index)}
          aria-setsize={items.length}
          aria-posinset={range.first + index + 1}
          style={{
            height: `${rowHeight}px`,
            transform: `translateY(${(range.first + index) * rowHeight}px)`,
          }}
        >
          {children(item)}
        </li>
      ))}
    </ul>
  );
}

/** A list read page by page, in virtual rows. */
export function PagedRows<T>({
  of,
  rowHeight,
  keyOf,
  children,
  label,
  empty,
}: {
  of: Pages<T>;
  rowHeight: number;
  keyOf(item: T, index: number): string;
  children(item: T): ComponentChildren;
  label: string;
  empty: ComponentChildren;
}): VNode {
  if (of.isLoading) return <Waiting />;
  if (of.error !== undefined && of.items.length === 0) {
    return <Fault error={of.error} retry={of.reload} />;
  }
  if (of.items.length === 0) return <>{empty}</>;
  return (
    <>
      <VirtualRows
        items={of.items}
        rowHeight={rowHeight}
        keyOf={keyOf}
        label={label}
        onView={(first, last) => {
          of.look(first, last);
          if (of.hasMore && last >= of.items.length - AHEAD) of.loadMore();
        }}
      >
        {children}
      </VirtualRows>
      {of.hasMore ? <p class="waiting">More…</p> : null}
    </>
  );
}
