import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { sayBacklog } from "../../core/backlog.ts";
import type { AgentView } from "../../protocol/api.ts";
import type { Estimate } from "../../protocol/estimate.ts";
import { ActionButton } from "./action.tsx";
import { post, withQuery } from "./api.ts";
import { events, useResource } from "./data.ts";
import { formatCount, formatShort, formatUsd, plural, sayCode } from "./format.ts";
import { escapeLines, escapeText, Text } from "./inert.tsx";
import { Crumb, Facts, Head, Loaded, State, When } from "./parts.tsx";
import { navigate } from "./router.ts";
import { RunOutcome } from "./run-parts.tsx";
import { TryInstructions } from "./try-instructions.tsx";
import { UndoButton } from "./undo.tsx";
import { VerifyAgent } from "./verify.tsx";

const CONCERNS = events("config.", "run.", "status.");

export function AgentPage({ id }: { id: string }): VNode {
  const agent = useResource<AgentView>(`/api/agents/${encodeURIComponent(id)}`, CONCERNS);
  return (
    <>
      <Crumb to="/agents">Agents</Crumb>
      <Loaded of={agent}>{(value) => <Whole agent={value} reload={agent.reload} />}</Loaded>
    </>
  );
}

function Whole({ agent, reload }: { agent: AgentView; reload(): void }): VNode {
  const { id, name, state, instructions, last_run, backlog } = agent;
  return (
    <>
      <Head title={<Text of={name} />}>
        <RunNow agent={agent} reload={reload} />
      </Head>
      <p class="lead">
        <State of={state} />
        {backlog === null ? "" : ` · ${sayBacklog(backlog)}`}
        {last_run === null ? (
          " · no run yet"
        ) : (
          <>
            {" "}
            · last run{" "}
            <a href={`/runs/${last_run.run_id}`}>
              <When at={last_run.started_at} />
            </a>{" "}
            <RunOutcome of={last_run} />
          </>
        )}
      </p>
      <AgentFacts agent={agent} />
      <Directories agent={agent} />
      {instructions.trim() === "" ? null : (
        <section aria-labelledby="instructions-title">
          <h2 id="instructions-title">Instructions</h2>
          <pre class="document" tabIndex={0}>
            {escapeLines(instructions)}
          </pre>
        </section>
      )}
      {agent.model.provider === "rules" ? null : <TryInstructions key={id} agent={agent} />}
      <VerifyAgent agentId={id} />
      <p class="muted">
        <a href={withQuery("/runs", { agent_id: id })}>Its runs</a> ·{" "}
        <a href={withQuery("/files", { agent_id: id })}>its files</a> ·{" "}
        <a href="/settings">settings</a> · {id}
      </p>
    </>
  );
}

function AgentFacts({ agent }: { agent: AgentView }): VNode {
  const { model, schedule, next_run_at, budget } = agent;
  const isRules = model.provider === "rules";
  const limits = Object.entries(budget).map(([key, limit = 0]) =>
    key.startsWith("usd")
      ? `${formatUsd(limit)} ${sayLimit(key)}`
      : `${formatCount(limit)} ${sayLimit(key)}`,
  );
  return (
    <Facts
      of={[
        ["Model", isRules ? "built-in rules, not a language model" : <Text of={model.name} />],
        ["Endpoint", isRules ? "none" : <Text of={model.base_url} />],
        [
          "Sent",
          <a href={`/sent?agent_id=${encodeURIComponent(agent.id)}`}>Each request that it sent</a>,
        ],
        ["Context window", sayWindow(agent)],
        ["Schedule", schedule === null ? "none" : <code>{escapeText(schedule)}</code>],
        ["Next run", next_run_at === null ? "when files change" : <When at={next_run_at} />],
        ["Budget", limits.length === 0 ? "shared by all agents" : limits.join(", ")],
      ]}
    />
  );
}

function Directories({ agent: { id, directories } }: { agent: AgentView }): VNode {
  return (
    <section aria-labelledby="directories-title">
      <h2 id="directories-title">Directories</h2>
      <ul class="cards">
        {directories.map(({ path, max_depth, watch, include, exclude }) => (
          <li key={path} class="directory">
            <a href={withQuery("/files", { agent_id: id, path })}>
              <code>{escapeText(path)}</code>
            </a>
            <span class="muted">
              {watch === true ? "watched" : watch === false ? "not watched" : "polled"},{" "}
              {max_depth === 0 ? "no subdirectories" : `up to ${plural(max_depth, "level")} deep`}
              {include.length === 0 ? "" : `, only ${escapeText(include.join(" "))}`}
              {exclude.length === 0 ? "" : `, except ${escapeText(exclude.join(" "))}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function askForAll({ provider }: AgentView["model"], estimate: Estimate | undefined): string {
  if (estimate === undefined || provider === "rules") {
    return "Read every file again, including finished ones?";
  }
  const { files, input_tokens, output_tokens, cost_usd } = estimate;
  const price = cost_usd === null ? "price unknown" : `about ${formatUsd(cost_usd)}`;
  return `Send ${plural(files, "file")} again, including finished ones: about ${formatShort(input_tokens + output_tokens)} tokens, ${price}?`;
}

const sayLimit = (key: string): string => sayCode(key).replace("usd ", "");

function sayWindow({ context_window }: AgentView): string {
  if (context_window === null) return "not known yet";
  const { tokens, source } = context_window;
  return `${formatCount(tokens)} tokens${source === "assumed" ? ", assumed" : ""}`;
}

function RunNow({ agent, reload }: { agent: AgentView; reload(): void }): VNode | null {
  const [how, setHow] = useState("");
  const { id, state, running_run_id, model } = agent;
  const path = `/api/agents/${encodeURIComponent(id)}`;
  const all = useResource<Estimate>(how === "force" ? `${path}/estimate?force=true` : null);
  const isEstimating = how === "force" && all.value === undefined && all.error === undefined;
  const run = async (): Promise<void> => {
    const body = { force: how === "force", dry_run: how === "dry_run" };
    const { run_id } = await post<{ run_id: string }>(`${path}/trigger`, body);
    navigate(`/runs/${run_id}`);
  };
  if (state === "disabled") return null;
  return (
    <>
      <select
        aria-label="Files to read"
        value={how}
        onChange={(event) => setHow(event.currentTarget.value)}
      >
        <option value="">new and changed files</option>
        <option value="dry_run">new and changed, dry run</option>
        <option value="force">every file again</option>
      </select>
      <ActionButton
        kind="primary"
        disabled={running_run_id !== null || isEstimating}
        act={run}
        ask={how === "force" ? askForAll(model, all.value) : undefined}
      >
        Run Now
      </ActionButton>
      {agent.paused_until === null && state !== "paused" ? (
        <ActionButton act={() => post("/api/pause", { agent_id: id }).then(reload)}>
          Pause
        </ActionButton>
      ) : (
        <ActionButton act={() => post("/api/resume", { agent_id: id }).then(reload)}>
          Resume
        </ActionButton>
      )}
      <UndoButton
        path="/api/undo"
        body={{ agent_id: id }}
        ask="Undo everything this agent ever made? Your own edits stay."
        onDone={reload}
      />
    </>
  );
}
