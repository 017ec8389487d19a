import { expect, test } from "vitest";
import { type OpenHost, runCampaign } from "../helper/history/campaign.ts";
import { type Program, testHome } from "../helper/program.ts";

function openHost(): OpenHost {
  const home = testHome();
  let program: Program | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await program?.end(signal);
    program = undefined;
  };
  return {
    folder: home,
    start() {
      program = home.start();
      return home.connect();
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    output: () => program?.output() ?? "",
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

// `HISTORIES=100 npx vitest run --project process test/process/history.test.ts` for an hour of them.
const TIMEOUT_MS = 4 * 3_600_000;

test(
  "whatever happens to files, and whenever the program is killed, what is known and asked is what the disk was seen to hold",
  { timeout: TIMEOUT_MS },
  async ({ annotate }) => {
    const { seed, totals, failure } = await runCampaign({
      runs: 3,
      maxLength: 20,
      canKill: true,
      latencyMs: 30,
      patienceMs: 60_000,
      openHost,
    });
    await annotate(JSON.stringify({ seed, ...totals }));
    expect(failure).toBeUndefined();
  },
);
