import type { VNode } from "preact";
import type { FileDetail } from "../../protocol/api.ts";
import { formatCount, formatDuration, formatUsd, plural } from "./format.ts";
import { escapeLines, escapeText, Text } from "./inert.tsx";
import { Failure, State, When } from "./parts.tsx";

type Attempt = FileDetail["attempts"][number];
type Request = Attempt["requests"][number];

/** A reply as the journal keeps it. Nothing is certain: an older version may have written it. */
interface Reply {
  text?: unknown;
  tool_calls?: { name?: unknown; arguments?: unknown; argument_error?: unknown }[];
}

/** Every attempt with its requests and replies, the last one open. */
export function Conversation({ of }: { of: readonly Attempt[] }): VNode | null {
  if (of.length === 0) return null;
  return (
    <section aria-labelledby="conversation-title">
      <h2 id="conversation-title">Attempts</h2>
      {of.map((attempt, index) => (
        <details key={attempt.attempt_id} class="attempt" open={index === of.length - 1}>
          <summary>
            <strong>{attempt.number}</strong> <When at={attempt.started_at} />{" "}
            {attempt.outcome === null ? <State of="working" /> : <State of={attempt.outcome} />}{" "}
            <span class="muted">{describeAttempt(attempt)}</span>
          </summary>
          {attempt.error === null ? null : <Failure of={attempt.error} />}
          <ol class="steps">
            {attempt.requests.map((request) => (
              <Step key={request.iteration} request={request} />
            ))}
          </ol>
          <p class="muted">
            <a href={`/runs/${attempt.run_id}`}>Its run</a>
          </p>
        </details>
      ))}
    </section>
  );
}

function describeAttempt({ requests, started_at, finished_at }: Attempt): string {
  const tokens = requests.reduce(
    (sum, { input_tokens, output_tokens }) => sum + (input_tokens ?? 0) + (output_tokens ?? 0),
    0,
  );
  const took =
    finished_at === null ? "" : formatDuration(Date.parse(finished_at) - Date.parse(started_at));
  return [plural(requests.length, "step"), tokens === 0 ? "" : plural(tokens, "token"), took]
    .filter((part) => part !== "")
    .join(" · ");
}

function Step({ request }: { request: Request }): VNode {
  const { model, sent_at, answered_at, tool_results } = request;
  const reply = (request.reply ?? {}) as Reply;
  const text = typeof reply.text === "string" ? reply.text : "";
  const calls = Array.isArray(reply.tool_calls) ? reply.tool_calls : [];
  const took =
    answered_at === null ? "" : formatDuration(Date.parse(answered_at) - Date.parse(sent_at));
  return (
    <li class="step">
      <p class="step-head">
        <strong>
          <Text of={model} />
        </strong>
        <span class="muted">
          {[took, describeTokens(request)].filter((part) => part !== "").join(" · ")}
        </span>
      </p>
      {request.reply === null ? (
        <p class="muted">
          {request.state === "answered" ? "The reply was removed." : `No reply: ${request.state}.`}
        </p>
      ) : null}
      {text.trim() === "" ? null : <p class="said">{escapeLines(text)}</p>}
      {calls.map((call, index) => (
        <ToolCall key={index} call={call} result={tool_results?.[index]} />
      ))}
    </li>
  );
}

function describeTokens({
  input_tokens,
  cached_input_tokens,
  output_tokens,
  cost_usd,
  model,
}: Request): string {
  if (input_tokens === null || output_tokens === null || model === "rules") return "";
  const cached =
    (cached_input_tokens ?? 0) > 0 ? ` (${formatCount(cached_input_tokens ?? 0)} cached)` : "";
  return `${formatCount(input_tokens)} tokens in${cached}, ${formatCount(output_tokens)} out · ${formatUsd(cost_usd)}`;
}

function ToolCall({
  call,
  result,
}: {
  call: NonNullable<Reply["tool_calls"]>[number];
  result: string | undefined;
}): VNode {
  const fields =
    typeof call.arguments === "object" && call.arguments !== null ? call.arguments : {};
  return (
    <div class="call">
      <p class="call-name">
        <code>{escapeText(String(call.name))}</code>
      </p>
      <dl>
        {Object.entries(fields).map(([name, value]) => (
          <div key={name}>
            <dt>{escapeText(name)}</dt>
            <dd>{escapeLines(typeof value === "string" ? value : JSON.stringify(value))}</dd>
          </div>
        ))}
      </dl>
      {typeof call.argument_error === "string" ? (
        <p class="hint">{escapeText(call.argument_error)}</p>
      ) : null}
      {result === undefined ? null : (
        <p class="call-result" title="Answer of the tool">
          → {escapeText(result)}
        </p>
      )}
    </div>
  );
}
