import { listRemarks } from "../core/outcome.ts";
import { sayMoney } from "../core/money.ts";
import type { Client } from "../client/client.ts";
import type { Status } from "../protocol/api.ts";
import type { Run, RunStatus } from "../protocol/run.ts";
import { formatCount, formatDuration, formatInstant } from "./format.ts";
import type { Screen } from "./output.ts";
import { formatFacts } from "./table.ts";

const COLOURS = {
  running: "cyan",
  success: "green",
  partial: "yellow",
  error: "red",
  cancelled: "yellow",
} as const satisfies Record<RunStatus, string>;

/** The exit code of a command that waited for a run. */
export const RUN_EXIT: Readonly<Record<RunStatus, number>> = {
  running: 0,
  success: 0,
  partial: 3,
  error: 3,
  cancelled: 130,
};

/** The lines about one run. */
export function renderRun(run: Run & { skipped?: Status["skipped"] }, screen: Screen): string[] {
  const { files, entities, usage } = run;
  const would = run.dry_run ? "would be " : "";
  const facts: [string, string][] = [
    ["run", `${run.run_id} ${screen.style(COLOURS[run.status], run.status)}`],
    ["agent", `${run.agent_id} (${run.trigger}${run.dry_run ? ", dry run" : ""})`],
    ["started", `${formatInstant(run.started_at)}${renderDuration(run)}`],
    [
      "files",
      `${files.found} found: ${files.unchanged} unchanged, ${files.processed} processed, ` +
        `${files.failed} failed, ${files.skipped} skipped, ${files.pending} pending`,
    ],
    ...renderOutcomes(run),
    [
      "entities",
      `${entities.created} ${would}created, ${entities.updated} ${would}updated, ${entities.retired} retired`,
    ],
    ["model", renderUsage(usage)],
  ];
  if (run.skipped !== undefined && run.skipped.length > 0) {
    facts.push(["skipped", `${renderSkips(run.skipped)} (all of ${run.agent_id}, now)`]);
  }
  if (run.error) {
    facts.push(["error", [run.error.message, run.error.hint ?? []].flat().join("\n")]);
  }
  return formatFacts(facts);
}

/** Only if some file did not give all that it could. */
function renderOutcomes(run: Run): [string, string][] {
  const remarks = listRemarks(run);
  if (remarks.length === 0) return [];
  return [["outcomes", [`${run.outcomes.recorded} recorded`, ...remarks].join(", ")]];
}

/** Why files of the run's agent are skipped now: `unsupported 3, too_large 2`. */
export function renderSkips(skips: readonly Status["skipped"][number][]): string {
  return skips.map(({ reason, files }) => `${reason} ${files}`).join(", ");
}

function renderDuration(run: Run): string {
  if (run.finished_at === null) return "";
  return `, took ${formatDuration(Date.parse(run.finished_at) - Date.parse(run.started_at))}`;
}

function renderUsage(usage: Run["usage"]): string {
  if (usage.requests === 0) return "no requests";
  return [
    formatCount(usage.requests, "request"),
    `${formatCount(usage.input_tokens, "input token")} (${usage.cached_input_tokens} cached)`,
    formatCount(usage.output_tokens, "output token"),
    sayMoney(usage),
  ].join(", ");
}

/** A run and, if it skipped files, why files of its agent are skipped now. */
export async function withSkips(
  run: Run,
  client: Pick<Client, "status">,
): Promise<Run & { skipped?: Status["skipped"] }> {
  if (run.files.skipped === 0) return run;
  const { skipped } = await client.status();
  return { ...run, skipped: skipped.filter(({ agent_id }) => agent_id === run.agent_id) };
}
