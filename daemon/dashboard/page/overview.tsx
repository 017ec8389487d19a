import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { AgentStatus, Page, Status, StatusProblem } from "../../protocol/api.ts";
import type { Estimate } from "../../protocol/estimate.ts";
import { sayMoney, sayUsd } from "../../core/money.ts";
import type { Run } from "../../protocol/run.ts";
import { ActionButton } from "./action.tsx";
import { post } from "./api.ts";
import { DayChart } from "./day-chart.tsx";
import { UnsavedTexts } from "./draft-note.tsx";
import { events, useResource } from "./data.ts";
import { FirstSteps } from "./first-steps.tsx";
import { formatCount, formatInstant, formatShort, formatUsd, plural, sayCode } from "./format.ts";
import { escapeText, Text } from "./inert.tsx";
import { Head, Hint, Loaded, State, When } from "./parts.tsx";
import { Progress, RunOutcome } from "./run-parts.tsx";
import { useAgentName, useStatus } from "./status.ts";

const RUNS = events("run.");

export function Overview(): VNode {
  const status = useStatus();
  return <Loaded of={status}>{(value) => <Whole status={value} />}</Loaded>;
}

function Whole({ status }: { status: Status }): VNode {
  return (
    <>
      <Head title="Overview">
        <PauseControl status={status} />
      </Head>
      <p class="lead">
        <State of={status.state} /> {explainState(status)}
      </p>
      <Problems of={status.problems} />
      <FirstSteps status={status} />
      <UnsavedTexts />
      <RunningRuns />
      <Figures status={status} />
      <Money of={status.budget} />
      <Skipped of={status.skipped} />
      <Agents of={status.agents} />
      <DayChart />
    </>
  );
}

function explainState({ state, queue, paused_until, problems }: Status): string {
  switch (state) {
    case "attention":
      return `${plural(problems.length, "problem")}. Everything else is running.`;
    case "paused":
      return paused_until === null
        ? "Nothing is sent to a model until you resume. Changes are still recorded."
        : `Nothing is sent to a model until ${formatInstant(paused_until)}. Changes are still recorded.`;
    case "working":
      return `${plural(queue.working, "file")} being read, ${formatCount(queue.pending)} waiting.`;
    case "idle":
      return queue.pending === 0
        ? "No files are waiting."
        : `${plural(queue.pending, "file")} postponed.`;
  }
}

function PauseControl({ status }: { status: Status }): VNode {
  const { reload } = useStatus();
  const [minutes, setMinutes] = useState("");
  if (status.state === "paused") {
    return (
      <ActionButton kind="primary" act={() => post("/api/resume").then(reload)} done="Resumed.">
        Resume
      </ActionButton>
    );
  }
  const body = minutes === "" ? {} : { minutes: Number(minutes) };
  return (
    <>
      <select
        aria-label="Pause for how long"
        value={minutes}
        onChange={(event) => setMinutes(event.currentTarget.value)}
      >
        <option value="">until I resume</option>
        <option value="30">for 30 minutes</option>
        <option value="60">for 1 hour</option>
        <option value="480">for 8 hours</option>
      </select>
      <ActionButton act={() => post("/api/pause", body).then(reload)} done="Paused.">
        Pause
      </ActionButton>
    </>
  );
}

function Problems({ of }: { of: readonly StatusProblem[] }): VNode | null {
  const nameOf = useAgentName();
  if (of.length === 0) return null;
  return (
    <section aria-label="Problems" class="problems">
      <ul>
        {of.map((problem) => (
          <li key={`${problem.agent_id} ${problem.message}`}>
            <p>
              {problem.agent_id === null ? null : (
                <strong>
                  <Text of={nameOf(problem.agent_id)} />:{" "}
                </strong>
              )}
              {escapeText(problem.message)}
              <Waiting of={problem} />
            </p>
            {problem.code === "confirm_needed" && problem.agent_id !== null ? (
              <Consent agentId={problem.agent_id} />
            ) : problem.hint === null ? null : (
              <Hint of={problem.hint} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How many files wait for a problem, and when the first is tried again. */
function Waiting({ of }: { of: StatusProblem }): VNode | null {
  const { code, agent_id, files, next_attempt_at } = of;
  if (files === undefined || agent_id === null || code === "confirm_needed") return null;
  const query = new URLSearchParams({ agent_id, state: "pending" });
  return (
    <>
      {" "}
      <a href={`/files?${query.toString()}`}>{plural(files, "file")} waiting</a>
      {typeof next_attempt_at === "string" ? (
        <>
          , next try <When at={next_attempt_at} />
        </>
      ) : null}
      .
    </>
  );
}

/** Files that wait for your consent, with their cost. */
function Consent({ agentId }: { agentId: string }): VNode {
  const { value: status, reload } = useStatus();
  const path = `/api/agents/${encodeURIComponent(agentId)}`;
  const estimate = useResource<Estimate>(`${path}/estimate`, RUNS);
  const agent = status?.agents.find(({ id }) => id === agentId);
  const runId = agent?.running_run_id ?? null;
  return (
    <Loaded of={estimate}>
      {({ files, input_tokens, output_tokens, cost_usd, entities }) => (
        <div class="consent">
          {entities === null ? (
            <p class="hint">
              {plural(files, "file")} would go to{" "}
              <Text of={agent?.model.base_url ?? "the endpoint"} />: about{" "}
              {formatShort(input_tokens)} tokens in and {formatShort(output_tokens)} out,{" "}
              {cost_usd === null ? "price unknown" : `about ${formatUsd(cost_usd)}`}.
            </p>
          ) : (
            <p class="hint">
              The built-in rules would make about {formatCount(entities)} notes, tasks and projects
              of {plural(files, "file")}.
            </p>
          )}
          <ActionButton kind="primary" act={() => post(`${path}/confirm`).then(reload)}>
            {entities === null ? "Send" : "Read"} {plural(files, "file")}
          </ActionButton>
          {runId === null ? null : (
            <ActionButton act={() => post(`/api/runs/${runId}/cancel`).then(reload)}>
              Don't {entities === null ? "send" : "read"}
            </ActionButton>
          )}
        </div>
      )}
    </Loaded>
  );
}

function RunningRuns(): VNode | null {
  const runs = useResource<Page<Run>>("/api/runs?status=running", RUNS);
  const nameOf = useAgentName();
  const items = (runs.value?.items ?? []).filter((run) => !run.awaits_confirmation);
  if (items.length === 0) return null;
  return (
    <section aria-label="Running" class="running">
      {items.map((run) => (
        <div key={run.run_id} class="running-run">
          <a href={`/runs/${run.run_id}`}>
            <Text of={nameOf(run.agent_id)} />
          </a>
          <Progress of={run} />
          <ActionButton
            kind="quiet"
            act={() => post(`/api/runs/${run.run_id}/cancel`)}
            done="Cancelled."
          >
            Cancel
          </ActionButton>
        </div>
      ))}
    </section>
  );
}

function Figures({ status: { queue, budget } }: { status: Status }): VNode {
  return (
    <section class="figures" aria-label="Queue and usage today">
      <Figure name="Waiting" value={formatCount(queue.pending)} href="/files?state=pending" />
      <Figure name="Being read" value={formatCount(queue.working)} href="/files?state=working" />
      <Figure
        name="Failed"
        value={formatCount(queue.failed)}
        href="/files?state=failed"
        isBad={queue.failed > 0}
      />
      <Figure
        name="Requests today"
        value={formatCount(budget.requests)}
        share={shareOf(budget.requests, budget.limits["requests_per_day"])}
        href="/usage"
      />
      <Figure
        name="Tokens today"
        value={formatShort(budget.spent_tokens)}
        share={shareOf(budget.spent_tokens, budget.limits["tokens_per_day"])}
        href="/usage"
      />
      <Figure
        name="Spent today"
        value={sayUsd(budget.spent_usd)}
        share={shareOf(budget.spent_usd, budget.limits["usd_per_day"], "$")}
        href="/usage"
      />
    </section>
  );
}

/** What of today's cost is reserved or unknown; nothing where all of it is spent. */
function Money({ of: budget }: { of: Status["budget"] }): VNode | null {
  if (budget.reserved_usd + budget.unknown_requests === 0) return null;
  return <p class="muted">{sayMoney(budget)}</p>;
}

/** How many files are not read, and why. */
function Skipped({ of }: { of: Status["skipped"] }): VNode | null {
  if (of.length === 0) return null;
  const byReason = new Map<string, number>();
  for (const { reason, files } of of) byReason.set(reason, (byReason.get(reason) ?? 0) + files);
  const files = of.reduce((sum, one) => sum + one.files, 0);
  const reasons = [...byReason].map(([reason, count]) => `${sayCode(reason)} ${count}`);
  return (
    <p class="muted">
      <a href="/files?state=skipped">{plural(files, "file")} skipped</a>: {reasons.join(", ")}
    </p>
  );
}

interface Share {
  part: number;
  text: string;
}

function shareOf(spent: number | null, limit: number | undefined, unit = ""): Share | undefined {
  if (limit === undefined) return undefined;
  const part = spent === null || limit === 0 ? 1 : Math.min(1, spent / limit);
  return { part, text: `of ${unit}${formatShort(limit)}` };
}

function Figure({
  name,
  value,
  href,
  share,
  isBad = false,
}: {
  name: string;
  value: string;
  href: string;
  share?: Share | undefined;
  isBad?: boolean;
}): VNode {
  return (
    <a class={isBad ? "figure is-bad" : "figure"} href={href}>
      <span class="figure-name">{name}</span>
      <span class={/[a-z]/.test(value) ? "figure-value is-word" : "figure-value"}>{value}</span>
      {share === undefined ? null : (
        <>
          <span class="figure-limit">{share.text}</span>
          <progress aria-label={`${name}, ${share.text}`} value={share.part} max={1} />
        </>
      )}
    </a>
  );
}

function Agents({ of }: { of: readonly AgentStatus[] }): VNode {
  return (
    <section aria-labelledby="agents-title">
      <h2 id="agents-title">Agents</h2>
      <ul class="cards">
        {of.map((agent) => (
          <AgentRow key={agent.id} agent={agent} />
        ))}
      </ul>
    </section>
  );
}

function AgentRow({ agent }: { agent: AgentStatus }): VNode {
  const { reload } = useStatus();
  const { id, name, state, model, last_run, next_run_at, running_run_id } = agent;
  const path = `/api/agents/${encodeURIComponent(id)}`;
  return (
    <li class="agent-row" data-row>
      <div class="agent-name">
        <a href={`/agents/${encodeURIComponent(id)}`}>
          <Text of={name} />
        </a>
        <span class="muted">
          {model.provider === "rules" ? "rules, not a language model" : <Text of={model.name} />}
        </span>
      </div>
      <State of={state} />
      <div class="agent-last">
        {last_run === null ? (
          <span class="muted">no run yet</span>
        ) : (
          <a href={`/runs/${last_run.run_id}`}>
            <When at={last_run.started_at} /> <RunOutcome of={last_run} />
          </a>
        )}
        <span class="muted">
          {next_run_at === null ? null : (
            <>
              next <When at={next_run_at} />
            </>
          )}
        </span>
      </div>
      <div class="actions">
        {state === "disabled" ? null : (
          <ActionButton
            disabled={running_run_id !== null}
            act={() => post(`${path}/trigger`).then(reload)}
            label={`Run Now: ${name}`}
          >
            Run Now
          </ActionButton>
        )}
        {agent.paused_until === null && state !== "paused" ? (
          <ActionButton
            kind="quiet"
            label={`Pause: ${name}`}
            act={() => post("/api/pause", { agent_id: id }).then(reload)}
          >
            Pause
          </ActionButton>
        ) : (
          <ActionButton
            kind="quiet"
            label={`Resume: ${name}`}
            act={() => post("/api/resume", { agent_id: id }).then(reload)}
          >
            Resume
          </ActionButton>
        )}
      </div>
    </li>
  );
}
