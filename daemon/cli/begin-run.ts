import type { Client } from "../client/client.ts";
import { RunnerError } from "../core/errors.ts";
import type { Run } from "../protocol/run.ts";

/** A run that was started, and the run of the same agent that was followed to its end before it. */
export interface BegunRun {
  run_id: string;
  before: Run | null;
}

/** What to do when a run of the same agent is in progress. */
export interface OnBusy {
  /** Consents if that run waits for consent; that run is then the one started. */
  consents: boolean;
  /** Whether the new run is a dry run. Consent to a dry run is not consent to write, nor the reverse. */
  isDry: boolean;
  /** Follows that run to its end; undefined: do not wait for it. */
  follow: ((runId: string) => Promise<Run>) | undefined;
}

/**
 * Starts a run as soon as the agent has no other run in progress. A run that waits for consent ends only by
 * a person's decision, so it is returned in place of a new one.
 *
 * @throws what `trigger` throws; run_in_progress if `follow` is undefined
 */
export async function beginRun(
  trigger: (client: Client) => Promise<{ run_id: string }>,
  client: Client,
  { consents, isDry, follow }: OnBusy,
): Promise<BegunRun> {
  let before: Run | null = null;
  for (;;) {
    const outcome = await tryTrigger();
    if (!("busy" in outcome)) return { run_id: outcome.run_id, before };
    const { busy, error } = outcome;
    const run = await client.run(busy);
    const isOther = run.awaits_confirmation && run.dry_run !== isDry;
    if (run.awaits_confirmation && consents && !isOther) {
      return { run_id: (await client.confirm(run.agent_id)).run_id, before };
    }
    if (follow === undefined || isOther) throw explain(error);
    if (run.awaits_confirmation) return { run_id: busy, before };
    const ended = await follow(busy);
    if (ended.awaits_confirmation) return { run_id: busy, before };
    before = ended;
  }

  async function tryTrigger(): Promise<{ run_id: string } | { busy: string; error: RunnerError }> {
    try {
      return await trigger(client);
    } catch (error) {
      if (!(error instanceof RunnerError) || error.code !== "run_in_progress") throw error;
      const busy = error.data["run_id"];
      if (typeof busy !== "string") throw error;
      return { busy, error };
    }
  }
}

function explain({ code, message, data, cause }: RunnerError): RunnerError {
  return new RunnerError(code, message, {
    hint: "Add --wait to follow that run and then read what is left, or cancel it.",
    data,
    cause,
  });
}
