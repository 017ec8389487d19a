import type { VNode } from "preact";
import type { RunChange } from "../../protocol/run-changes.ts";
import { withQuery } from "./api.ts";
import type { Concerns } from "./data.ts";
import { escapeText, PathText, Text } from "./inert.tsx";
import { PagedRows, useRowHeight } from "./list.tsx";
import { usePages } from "./pages.ts";

const OPS: Readonly<Record<RunChange["op"], string>> = {
  create: "created",
  update: "updated",
  confirm: "found again",
  retire: "retired",
};

/** What a run changed, or a dry run would change. */
export function Changes({
  runId,
  isDry,
  concerns,
}: {
  runId: string;
  isDry: boolean;
  concerns: Concerns;
}): VNode {
  const changes = usePages<RunChange>(
    withQuery(`/api/runs/${encodeURIComponent(runId)}/changes`, {}),
    concerns,
  );
  const rowHeight = useRowHeight(38, 58);
  return (
    <section aria-labelledby="changes-title">
      <h2 id="changes-title">{isDry ? "What it would change" : "Changes"}</h2>
      <PagedRows
        of={changes}
        rowHeight={rowHeight}
        keyOf={({ entity_id }, index) => `${entity_id} ${index}`}
        label="Changes"
        empty={<p class="muted">No changes.</p>}
      >
        {(change) => <Change of={change} />}
      </PagedRows>
    </section>
  );
}

function Change({ of }: { of: RunChange }): VNode {
  const { entity_type, entity_id, title, op, state, after, path } = of;
  const fields = op === "update" && after !== null ? Object.keys(after).join(", ") : "";
  const name = title === null ? <span class="muted">deleted</span> : <Text of={title} />;
  return (
    <div class="row change-row" data-row>
      <span class="muted">
        {entity_type} {state === "applied" ? OPS[op] : state}
      </span>
      <span class={state === "undone" ? "is-undone" : ""}>
        {title === null || state === "proposed" ? (
          name
        ) : (
          <a href={`/${entity_type}s/${encodeURIComponent(entity_id)}`}>{name}</a>
        )}{" "}
        <span class="muted">{escapeText(fields)}</span>
      </span>
      <span class="change-path">{path === null ? null : <PathText of={path} />}</span>
    </div>
  );
}
