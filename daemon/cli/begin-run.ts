import type { Client } from "../client/client.ts";
import { RunnerError } from "../core/errors.ts";
import type { Run } from "../protocol/run.ts";

/** A run that was begun, and the last one that was under way until it could be. */
export interface BegunRun {
  run_id: string;
  before: Run | null;
}

/** What to do about a run of the same agent that is under way. */
export interface OnBusy {
  /** Consents to the files of one that waits for it; that one is then the run. */
  consents: boolean;
  /** Whether the run is to be a dry one: consent to look is none to write, nor the other way round. */
  isDry: boolean;
  /** Follows one to its end; undefined: it is not waited for. */
  follow: ((runId: string) => Promise<Run>) | undefined;
}

/**
 * Starts a run as soon as no other of its agent is under way. One that waits for consent ends only when
 * somebody decides: that one is given in place of a new one.
 *
 * @throws what `trigger` throws; run_in_progress where nobody waits
 */
export async function beginRun(
  trigger: (client: Client) => Promise<{ run_id: string }>,
  client: Client,
  { consents, isDry, follow }: OnBusy,
): Promise<BegunRun> {
  let before: Run | null = null;
  for (;;) {
    const underWay = await tryTrigger();
    if (!("busy" in underWay)) return { run_id: underWay.run_id, before };
    const { busy, error } = underWay;
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
    hint: "Add --wait to follow it and then read what is left, or cancel it.",
    data,
    cause,
  });
}
