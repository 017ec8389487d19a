import fc from "fast-check";
import { testFolder } from "../folder.ts";
import { SEED } from "../seed.ts";
import { canMount } from "./drive.ts";
import { histories, type History } from "./history.ts";
import { type Host, play, type PlayOptions, type Totals } from "./play.ts";

/** A host that leaves nothing running. */
export interface OpenHost extends Host, AsyncDisposable {}

export interface CampaignOptions extends Pick<PlayOptions, "latencyMs" | "patienceMs"> {
  /** How many histories, and of how many operations at most; `HISTORIES` and `HISTORY_LENGTH` outrank them. */
  runs: number;
  maxLength: number;
  canKill: boolean;
  openHost(): OpenHost;
}

/**
 * Lives through random histories. Gives what was gone through, and the report of a failure: the seed, and
 * the smallest history that fails. `SEED` repeats all of them, `HISTORY` the one that was reported.
 */
export async function runCampaign(
  options: CampaignOptions,
): Promise<{ seed: number; totals: Totals; failure: string | undefined }> {
  const env = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
  const totals: Totals = {
    histories: 0,
    steps: 0,
    checks: 0,
    starts: 0,
    kills: 0,
    requests: 0,
    repeated: 0,
  };
  using probe = testFolder();
  const reported = process.env["HISTORY"];
  const any =
    reported === undefined
      ? histories({
          maxLength: env("HISTORY_LENGTH", options.maxLength),
          canKill: options.canKill,
          drives: canMount(probe) ? ["mount", "rename"] : ["rename"],
        })
      : fc.constant(JSON.parse(reported) as History);
  const holds = fc.asyncProperty(any, async (history) => {
    await using host = options.openHost();
    await play(history, { ...options, host, totals });
  });
  const details = await fc.check(holds, {
    numRuns: env("HISTORIES", reported === undefined ? options.runs : 1),
    seed: SEED,
    // Else the first ones are very small.
    unbiased: true,
    ...(process.env["NO_SHRINK"] === undefined ? {} : { endOnFailure: true }),
  });
  if (!details.failed) return { seed: SEED, totals, failure: undefined };
  const { counterexample, errorInstance: error } = details;
  const failure = [
    `SEED=${SEED}`,
    `HISTORY='${JSON.stringify(counterexample?.[0])}'`,
    describe(error),
  ].join("\n");
  return { seed: SEED, totals, failure };
}

function describe(error: unknown): string {
  // What went wrong while all was put away comes with what went wrong before.
  if (error instanceof SuppressedError) {
    return `${describe(error.suppressed)}\n${describe(error.error)}`;
  }
  return error instanceof Error ? error.message : String(error);
}
