import type { VNode } from "preact";
import { runStatuses, triggers } from "./words.ts";
import type { Run } from "../../protocol/run.ts";
import { withQuery } from "./api.ts";
import { events } from "./data.ts";
import { Choice } from "./filters.tsx";
import { sayMoney } from "../../core/money.ts";
import { formatDuration, plural } from "./format.ts";
import { Text } from "./inert.tsx";
import { PagedRows, useRowHeight } from "./list.tsx";
import { usePages } from "./pages.ts";
import { Empty, Head, When } from "./parts.tsx";
import { usePlace } from "./router.ts";
import { RunOutcome } from "./run-parts.tsx";
import { useAgentName, useAgentOptions } from "./status.ts";

const CONCERNS = events("run.");

export function Runs(): VNode {
  const { agent_id = "", status = "" } = usePlace().query;
  const runs = usePages<Run>(withQuery("/api/runs", { agent_id, status }), CONCERNS);
  const rowHeight = useRowHeight(42, 62);
  const agents = useAgentOptions();
  return (
    <>
      <Head title="Runs" />
      <div class="filters">
        <Choice name="agent_id" label="Agent" options={agents} />
        <Choice name="status" label="Status" options={[["", "all"], ...runStatuses]} />
      </div>
      <PagedRows
        of={runs}
        rowHeight={rowHeight}
        keyOf={(run) => run.run_id}
        label="Runs, newest first"
        empty={
          <Empty title="No runs">
            {agent_id === "" && status === ""
              ? "A run starts when files change, on a schedule, or with Run Now."
              : "No run matches these filters."}
          </Empty>
        }
      >
        {(run) => <RunRow run={run} />}
      </PagedRows>
    </>
  );
}

function RunRow({ run }: { run: Run }): VNode {
  const nameOf = useAgentName();
  const made = run.entities.created + run.entities.updated;
  const ms = Date.parse(run.finished_at ?? new Date().toISOString()) - Date.parse(run.started_at);
  return (
    <a class="row run-row" data-row href={`/runs/${run.run_id}`}>
      <span class="run-when">
        <When at={run.started_at} />
      </span>
      <span class="run-agent">
        <Text of={nameOf(run.agent_id)} />{" "}
        <span class="muted">
          {triggers[run.trigger]}
          {run.dry_run ? ", dry run" : ""}
        </span>
      </span>
      <span class="run-outcome">
        <RunOutcome of={run} />
      </span>
      <span class="muted number run-made">{made === 0 ? "" : plural(made, "change")}</span>
      <span class="muted number run-cost">
        {run.usage.requests === 0 ? "" : sayMoney(run.usage)}
      </span>
      <span class="muted number run-time">{formatDuration(ms)}</span>
    </a>
  );
}
