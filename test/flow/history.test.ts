import { expect, test } from "vitest";
import { type Clock, systemClock } from "../../daemon/core/clock.ts";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { type OpenHost, runCampaign } from "../helper/history/campaign.ts";

/** Waits are cut to a tenth, which leaves a request in flight at a stop the time to end. */
const briskClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
};

function openHost(): OpenHost {
  const folder = testFolder();
  let daemon: TestDaemon | undefined;
  const stop = async (): Promise<void> => {
    await daemon?.[Symbol.asyncDispose]();
    daemon = undefined;
  };
  return {
    folder,
    async start() {
      daemon = await startTestDaemon(folder, undefined, briskClock);
      return daemon.client;
    },
    stop,
    kill: stop,
    output: () => "",
    async [Symbol.asyncDispose]() {
      await stop();
      folder[Symbol.dispose]();
    },
  };
}

// `HISTORIES=1000 npx vitest run --project unit test/flow/history.test.ts` for an hour of them.
const TIMEOUT_MS = 4 * 3_600_000;

test(
  "whatever happens to files, and when, what is known and asked is what the disk was seen to hold",
  { timeout: TIMEOUT_MS },
  async ({ annotate }) => {
    const { seed, totals, failure } = await runCampaign({
      runs: 3,
      maxLength: 12,
      canKill: false,
      latencyMs: 0,
      patienceMs: 60_000,
      openHost,
    });
    await annotate(JSON.stringify({ seed, ...totals }));
    expect(failure).toBeUndefined();
  },
);
