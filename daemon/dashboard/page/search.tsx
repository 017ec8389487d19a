import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { SearchItem } from "../../protocol/search.ts";
import { withQuery } from "./api.ts";
import { NOTHING } from "./data.ts";
import { Choice, type Options } from "./filters.tsx";
import { escapeText, Text } from "./inert.tsx";
import { PagedRows, useRowHeight } from "./list.tsx";
import { usePages } from "./pages.ts";
import { Empty, Head } from "./parts.tsx";
import { setFilters, usePlace } from "./router.ts";

const TYPES: Options = [
  ["", "everything"],
  ["task", "tasks"],
  ["note", "notes"],
  ["project", "projects"],
  ["file", "files"],
];

const TYPING_MS = 200;

export function Search(): VNode {
  const { q = "", type = "" } = usePlace().query;
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(q);
  useEffect(() => field.current?.select(), []);
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => setFilters({ q: text }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <>
      <Head title="Search" />
      <div class="filters" role="search">
        <label class="choice grow">
          <span>Words or beginnings of words</span>
          <input
            ref={field}
            type="search"
            data-search
            value={text}
            maxLength={500}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <Choice name="type" label="In" options={TYPES} />
      </div>
      {q.trim() === "" ? (
        <Empty title="Search tasks, notes, projects and the text of files" />
      ) : (
        <Results q={q} type={type} />
      )}
    </>
  );
}

function Results({ q, type }: { q: string; type: string }): VNode {
  const found = usePages<SearchItem>(withQuery("/api/search", { q, type }), NOTHING);
  const rowHeight = useRowHeight(58, 62);
  return (
    <PagedRows
      of={found}
      rowHeight={rowHeight}
      keyOf={(item) => item.id}
      label="Results, best first"
      empty={<Empty title="Nothing contains all of these words" />}
    >
      {({ type: kind, id, title, snippet, status }) => (
        <a class="row note-row" data-row href={`/${kind}s/${encodeURIComponent(id)}`}>
          <span class="note-title">
            <Text of={title} />
          </span>
          <span class="muted">{status === null ? kind : `${status} ${kind}`}</span>
          <span class="muted note-body">{escapeText(snippet)}</span>
        </a>
      )}
    </PagedRows>
  );
}
