import type { VNode } from "preact";
import { sayRest } from "../../core/backlog.ts";
import { sayResult } from "../../core/outcome.ts";
import type { Run } from "../../protocol/run.ts";
import { formatCount, plural } from "./format.ts";
import { State } from "./parts.tsx";
import { useStatus } from "./status.ts";

/** How many of the files that a run found are settled, and how long the others take. */
export function Progress({ of: { run_id, files } }: { of: Run }): VNode {
  const agents = useStatus().value?.agents ?? [];
  const backlog = agents.find(({ running_run_id }) => running_run_id === run_id)?.backlog ?? null;
  const settled = files.found - files.pending;
  const rest = backlog === null ? "" : `, ${sayRest(backlog)}`;
  const text =
    files.found === 0
      ? "looking for files…"
      : `${formatCount(settled)} of ${plural(files.found, "file")}${rest}`;
  return (
    <span class="progress">
      <progress aria-label={text} max={Math.max(1, files.found)} value={settled} />
      <span class="progress-text">{text}</span>
    </span>
  );
}

/** How a run ended, or how far it is, in few words. */
export function RunOutcome({ of: run }: { of: Run }): VNode {
  return (
    <span class="outcome">
      <State of={run.awaits_confirmation && run.status === "running" ? "waiting" : run.status} />{" "}
      <span class="muted">{sayResult(run, formatCount)}</span>
    </span>
  );
}
