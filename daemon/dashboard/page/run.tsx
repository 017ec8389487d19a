import type { VNode } from "preact";
import type { File } from "../../protocol/file.ts";
import type { Run } from "../../protocol/run.ts";
import { ActionButton } from "./action.tsx";
import { post, withQuery } from "./api.ts";
import { Changes } from "./changes.tsx";
import { type Concerns, useResource } from "./data.ts";
import { formatCount, formatDuration, formatUsd } from "./format.ts";
import { escapeText, PathText, Text } from "./inert.tsx";
import { Facts, Head, Hint, Loaded, When } from "./parts.tsx";
import { Progress, RunOutcome } from "./run-parts.tsx";
import { useAgentName } from "./status.ts";
import { UndoButton } from "./undo.tsx";
import { triggers } from "./words.ts";
import { useMemo } from "preact/hooks";

export function RunPage({ id }: { id: string }): VNode {
  const concerns = useMemo<Concerns>(
    () => (event) => event.type.startsWith("run.") && "run_id" in event && event.run_id === id,
    [id],
  );
  const run = useResource<Run>(`/api/runs/${encodeURIComponent(id)}`, concerns);
  return (
    <>
      <p class="crumb">
        <a href="/runs">Runs</a> /
      </p>
      <Loaded of={run}>
        {(value) => <Whole run={value} reload={run.reload} concerns={concerns} />}
      </Loaded>
    </>
  );
}

function Whole({ run, reload, concerns }: { run: Run; reload(): void; concerns: Concerns }): VNode {
  const nameOf = useAgentName();
  const { run_id, agent_id, files, entities, usage, error } = run;
  const path = `/api/runs/${encodeURIComponent(run_id)}`;
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
        {run.status === "running" ? (
          <>
            {run.awaits_confirmation ? (
              <ActionButton
                kind="primary"
                act={() => post(`/api/agents/${encodeURIComponent(agent_id)}/confirm`).then(reload)}
              >
                Send {formatCount(files.pending)} files
              </ActionButton>
            ) : null}
            <ActionButton act={() => post(`${path}/cancel`).then(reload)} done="Cancelled.">
              Cancel
            </ActionButton>
          </>
        ) : entities.created + entities.updated + entities.retired > 0 && !run.dry_run ? (
          <UndoButton
            path={`${path}/undo`}
            ask="Take back all that this run changed? Your own edits stay."
            onDone={reload}
          />
        ) : null}
      </Head>
      <p class="lead">
        <RunOutcome of={run} /> · started <When at={run.started_at} /> ·{" "}
        {run.status === "running" ? "for" : "took"} {formatDuration(ms)}
        {run.dry_run ? " · dry run: nothing was written" : ""}
      </p>
      {run.status === "running" ? <Progress of={run} /> : null}
      {error === null ? null : (
        <div class="fault">
          <p>{escapeText(error.message)}</p>
          {error.hint === null ? null : <Hint of={error.hint} />}
        </div>
      )}
      <Facts
        of={[
          ["Files found", formatCount(files.found)],
          ["Unchanged", formatCount(files.unchanged)],
          ["Processed", formatCount(files.processed)],
          ["Failed", formatCount(files.failed)],
          ["Skipped", formatCount(files.skipped)],
          [run.status === "running" ? "Still to do" : "Put off", formatCount(files.pending)],
        ]}
      />
      <Facts
        of={[
          ["Created", formatCount(entities.created)],
          ["Updated", formatCount(entities.updated)],
          ["Retired", formatCount(entities.retired)],
          ["Model requests", formatCount(usage.requests)],
          [
            "Tokens in, of those cached, out",
            `${formatCount(usage.input_tokens)} · ${formatCount(usage.cached_input_tokens)} · ${formatCount(usage.output_tokens)}`,
          ],
          ["Cost", usage.requests === 0 ? "no request" : formatUsd(usage.cost_usd)],
        ]}
      />
      <Changes runId={run_id} concerns={concerns} />
      {files.failed > 0 ? <Failed agentId={agent_id} run={run} /> : null}
      <p class="muted">
        {run_id} · <a href={withQuery("/files", { agent_id })}>all files of this agent</a>
      </p>
    </>
  );
}

/** The agent's failed files, which a run of its own may have left. */
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
