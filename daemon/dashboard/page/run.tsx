import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { File } from "../../protocol/file.ts";
import type { Run } from "../../protocol/run.ts";
import { ActionButton } from "./action.tsx";
import { post, withQuery } from "./api.ts";
import { Changes } from "./changes.tsx";
import { type Concerns, useResource } from "./data.ts";
import { sayMoney } from "../../core/money.ts";
import { formatCount, formatDuration, plural } from "./format.ts";
import { escapeText, PathText, Text } from "./inert.tsx";
import { Crumb, Facts, Failure, Head, Loaded, When } from "./parts.tsx";
import { Progress, RunOutcome } from "./run-parts.tsx";
import { useAgentName, useStatus } from "./status.ts";
import { UndoButton } from "./undo.tsx";
import { triggers } from "./words.ts";

export function RunPage({ id }: { id: string }): VNode {
  const concerns = useMemo<Concerns>(
    () => (event) => event.type.startsWith("run.") && "run_id" in event && event.run_id === id,
    [id],
  );
  const run = useResource<Run>(`/api/runs/${encodeURIComponent(id)}`, concerns);
  return (
    <>
      <Crumb to="/runs">Runs</Crumb>
      <Loaded of={run}>
        {(value) => <Whole run={value} reload={run.reload} concerns={concerns} />}
      </Loaded>
    </>
  );
}

function Whole({ run, reload, concerns }: { run: Run; reload(): void; concerns: Concerns }): VNode {
  const nameOf = useAgentName();
  const { run_id, agent_id, files, error } = run;
  const isRunning = run.status === "running";
  const ms = Date.parse(run.finished_at ?? new Date().toISOString()) - Date.parse(run.started_at);
  return (
    <>
      <Head
        title={
          <>
            <Text of={nameOf(agent_id)} /> <span class="muted">{triggers[run.trigger]}</span>
          </>
        }
      >
        <RunActions run={run} reload={reload} />
      </Head>
      <p class="lead">
        <RunOutcome of={run} /> · started <When at={run.started_at} /> ·{" "}
        {isRunning ? "for" : "took"} {formatDuration(ms)}
        {run.dry_run ? " · dry run: nothing was saved" : ""}
      </p>
      {isRunning ? <Progress of={run} /> : null}
      {error === null ? null : <Failure of={error} />}
      <Figures run={run} />
      <Changes runId={run_id} isDry={run.dry_run} concerns={concerns} />
      {files.failed > 0 ? <Failed agentId={agent_id} run={run} /> : null}
      <p class="muted">
        {run_id} · <a href={withQuery("/files", { agent_id })}>all files of this agent</a>
      </p>
    </>
  );
}

function RunActions({ run, reload }: { run: Run; reload(): void }): VNode | null {
  const { agent_id, entities, files } = run;
  const agents = useStatus().value?.agents ?? [];
  const isSent = agents.find(({ id }) => id === agent_id)?.model.provider !== "rules";
  const path = `/api/runs/${encodeURIComponent(run.run_id)}`;
  if (run.status === "running") {
    return (
      <>
        {run.awaits_confirmation ? (
          <ActionButton
            kind="primary"
            act={() => post(`/api/agents/${encodeURIComponent(agent_id)}/confirm`).then(reload)}
          >
            {isSent ? "Send" : "Read"} {plural(files.pending, "file")}
          </ActionButton>
        ) : null}
        <ActionButton act={() => post(`${path}/cancel`).then(reload)} done="Cancelled.">
          Cancel
        </ActionButton>
      </>
    );
  }
  const changed = entities.created + entities.updated + entities.retired;
  if (changed === 0 || run.dry_run) return null;
  return (
    <UndoButton
      path={`${path}/undo`}
      ask="Undo everything this run changed? Your own edits stay."
      onDone={reload}
    />
  );
}

function Figures({ run }: { run: Run }): VNode {
  const { status, files, outcomes, warned, entities, usage } = run;
  const cached =
    usage.cached_input_tokens > 0 ? ` (${formatCount(usage.cached_input_tokens)} cached)` : "";
  return (
    <>
      <Facts
        of={[
          ["Files found", formatCount(files.found)],
          ["Unchanged", formatCount(files.unchanged)],
          ["Processed", formatCount(files.processed)],
          ["Nothing recorded", formatCount(outcomes.nothing_recorded)],
          ["Stopped at a limit", formatCount(outcomes.capped)],
          ["Read with warnings", formatCount(warned)],
          ["Failed", formatCount(files.failed)],
          ["Skipped", formatCount(files.skipped)],
          [status === "running" ? "Left to do" : "Postponed", formatCount(files.pending)],
        ]}
      />
      <Facts
        of={[
          ["Created", formatCount(entities.created)],
          ["Updated", formatCount(entities.updated)],
          ["Retired", formatCount(entities.retired)],
          ["Model requests", formatCount(usage.requests)],
          [
            "Tokens in / out",
            `${formatCount(usage.input_tokens)}${cached} / ${formatCount(usage.output_tokens)}`,
          ],
          ["Cost", usage.requests === 0 ? "no requests" : sayMoney(usage)],
        ]}
      />
    </>
  );
}

/** The failed files of the agent; another run of it may have left some. */
function Failed({ agentId, run }: { agentId: string; run: Run }): VNode {
  const path = withQuery("/api/files", { agent_id: agentId, state: "failed", limit: 20 });
  const files = useResource<{ items: File[] }>(path);
  return (
    <section aria-labelledby="failed-title">
      <h2 id="failed-title">
        Failed files of this agent{" "}
        <span class="muted">{formatCount(run.files.failed)} in this run</span>
      </h2>
      <Loaded of={files}>
        {({ items }) => (
          <ul class="cards">
            {items.map((file) => (
              <li key={file.file_id} class="failed-row">
                <a href={`/files/${file.file_id}`}>
                  <PathText of={file.path} />
                </a>
                <span class="muted">{escapeText(file.error?.message ?? "")}</span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}
