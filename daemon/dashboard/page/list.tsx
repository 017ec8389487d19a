import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Pages } from "./pages.ts";
import { Fault, Waiting } from "./parts.tsx";

/** A row's height in pixels: in a narrow window a row has two lines. */
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

// Rows drawn beyond the window, ready for scrolling.
const AHEAD = 12;

/** Rows of one height. Only the rows near the window are in the document. */
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

/** A list that is read page by page, in virtual rows. */
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
      {of.hasMore ? <p class="waiting">Loading more…</p> : null}
    </>
  );
}
