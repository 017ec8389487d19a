import type { VNode } from "preact";
import { sayUsd } from "../../core/money.ts";
import type { SentRequest } from "../../protocol/sent.ts";
import { withQuery } from "./api.ts";
import { events } from "./data.ts";
import { Choice, TypedFilter } from "./filters.tsx";
import { formatBytes, formatCount, sayCode } from "./format.ts";
import { Text } from "./inert.tsx";
import { PagedRows, useRowHeight } from "./list.tsx";
import { usePages } from "./pages.ts";
import { Empty, Head, When } from "./parts.tsx";
import { usePlace } from "./router.ts";
import { useAgentName, useAgentOptions } from "./status.ts";

const CONCERNS = events("run.", "file.");

/** Every request whose bytes left the daemon. */
export function Sent(): VNode {
  const { agent_id = "", host = "" } = usePlace().query;
  const sent = usePages<SentRequest>(withQuery("/api/sent", { agent_id, host }), CONCERNS);
  const rowHeight = useRowHeight(42, 62);
  const agents = useAgentOptions();
  return (
    <>
      <Head title="Sent" />
      <p class="muted">
        Every request that left the daemon, those to this machine too. Directories say in the{" "}
        <a href="/settings">settings</a> to whom their files may be sent.
      </p>
      <div class="filters">
        <Choice name="agent_id" label="Agent" options={agents} />
        <TypedFilter name="host" label="Host, with its port" />
      </div>
      <PagedRows
        of={sent}
        rowHeight={rowHeight}
        keyOf={({ sent_at }, index) => `${sent_at} ${index}`}
        label="Requests, newest first"
        empty={
          <Empty title="Nothing was sent">
            {agent_id === "" && host === ""
              ? "The built-in rules send no requests: they are not a language model."
              : "No request matches these filters."}
          </Empty>
        }
      >
        {(request) => <SentRow of={request} />}
      </PagedRows>
    </>
  );
}

function SentRow({ of }: { of: SentRequest }): VNode {
  const nameOf = useAgentName();
  const { host, loopback, bytes, input_tokens, output_tokens, cost_usd, outcome } = of;
  const tokens =
    input_tokens === null || output_tokens === null
      ? ""
      : `${formatCount(input_tokens)} + ${formatCount(output_tokens)} tokens`;
  return (
    <div class="row run-row" data-row>
      <span class="run-when">
        <When at={of.sent_at} />
      </span>
      <span class="run-agent">
        <Subject of={of} />{" "}
        <span class="muted">
          <Text of={nameOf(of.agent_id)} />
        </span>
      </span>
      <span class="run-outcome">
        <Text of={host ?? "host not kept"} /> <span class="muted">{sayPlace(loopback)}</span>{" "}
        <Text of={of.model} />
        {outcome === "answered" ? null : <span class="muted"> {sayCode(outcome)}</span>}
      </span>
      <span class="muted number run-made">{tokens}</span>
      <span class="muted number run-cost">
        {cost_usd === null ? "price unknown" : sayUsd(cost_usd)}
      </span>
      <span class="muted number run-time">{bytes === null ? "" : formatBytes(bytes)}</span>
    </div>
  );
}

/** The file that a request is about. */
function Subject({ of: { file_id, path } }: { of: SentRequest }): VNode {
  if (file_id === null) return <>no file</>;
  const name = path?.split(/[\\/]/u).at(-1) ?? "forgotten file";
  return (
    <a href={`/files/${file_id}`} title={path ?? undefined}>
      <Text of={name} />
    </a>
  );
}

function sayPlace(loopback: boolean | null): string {
  if (loopback === null) return "";
  return loopback ? "this machine" : "another machine";
}
