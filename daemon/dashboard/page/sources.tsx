import type { VNode } from "preact";
import type { ExplainedChange, ExplainedSource, Explanation } from "../../protocol/explain.ts";
import { useResource } from "./data.ts";
import { useEntityConcerns } from "./entity-parts.tsx";
import { escapeLines, escapeText, PathText, Text } from "./inert.tsx";
import { Loaded, State, When } from "./parts.tsx";
import { useAgentName } from "./status.ts";

/** The files an entity comes from, with the passage in each, and its history. */
export function Explained({ id }: { id: string }): VNode {
  const path = `/api/explain/${encodeURIComponent(id)}`;
  const explanation = useResource<Explanation>(path, useEntityConcerns(id));
  return (
    <Loaded of={explanation}>
      {({ sources, history, left_out }) => (
        <>
          {sources.length === 0 ? null : (
            <section aria-labelledby="sources-title">
              <h2 id="sources-title">Sources</h2>
              <ul class="cards sources">
                {sources.map((source) => (
                  <Source key={source.file_id} of={source} />
                ))}
              </ul>
              {left_out.sources === 0 ? null : <p class="muted">and {left_out.sources} older</p>}
            </section>
          )}
          <History of={history} leftOut={left_out.history} />
        </>
      )}
    </Loaded>
  );
}

function Source({ of }: { of: ExplainedSource }): VNode {
  const { file_id, path, quote, verified, current, passage, model, run_id, state, reason } = of;
  return (
    <li>
      <a href={`/files/${encodeURIComponent(file_id)}`}>
        <PathText of={path} />
      </a>
      {passage !== null ? (
        <blockquote>
          {escapeLines(passage.before)}
          <mark>{escapeLines(passage.quote)}</mark>
          {escapeLines(passage.after)}
        </blockquote>
      ) : quote !== null ? (
        <blockquote>
          {escapeLines(quote)}
          {verified ? null : <span class="muted"> (not found word for word in the file)</span>}
        </blockquote>
      ) : null}
      {current ? null : <p>No longer in the file. An earlier version had it.</p>}
      <p class="muted">
        {state === "done" ? null : (
          <>
            <State of={state} reason={reason} /> ·{" "}
          </>
        )}
        {model === null ? null : model.provider === "rules" ? (
          "found by the built-in rules"
        ) : (
          <>
            found by <Text of={model.name} />
          </>
        )}{" "}
        in <a href={`/runs/${encodeURIComponent(run_id)}`}>this run</a>
      </p>
    </li>
  );
}

const OPS: Readonly<Record<ExplainedChange["op"], string>> = {
  create: "created it",
  update: "changed",
  confirm: "found it again",
  retire: "retired it, because its last file was deleted or no longer contains it",
  delete: "deleted it",
};

function History({ of, leftOut }: { of: readonly ExplainedChange[]; leftOut: number }): VNode {
  const nameOf = useAgentName();
  return (
    <details class="attempt">
      <summary>
        <strong>History</strong> <span class="muted">{of.length + leftOut}</span>
      </summary>
      <ol class="steps">
        {of.map((change, index) => (
          <li key={index} class="step">
            <p class={change.state === "undone" ? "is-undone" : ""}>
              <When at={change.at} />{" "}
              <strong>
                {change.actor === "user" ? "You" : <Text of={nameOf(change.actor)} />}
              </strong>{" "}
              {OPS[change.op]} <span class="muted">{escapeText(describeFields(change))}</span>
              {change.state === "applied" ? null : <span class="muted"> ({change.state})</span>}
            </p>
          </li>
        ))}
      </ol>
    </details>
  );
}

const SHOWN_CHARS = 80;

function describeFields({ op, before, after }: ExplainedChange): string {
  if (op !== "update" || after === null) return "";
  return Object.entries(after)
    .map(([name, value]) => `${name}: ${say(before?.[name])} → ${say(value)}`)
    .join("; ");
}

function say(value: unknown): string {
  if (value === null || value === undefined || value === "") return "none";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
}
