import { existsSync } from "node:fs";
import { type Client, createClient } from "../../daemon/client/client.ts";
import { openConfigFile } from "../../daemon/config/config-file.ts";
import { type LoadedConfig, readConfig } from "../../daemon/config/load.ts";
import { TOOL_NAMES } from "../../daemon/protocol/tool.ts";
import { type Clock, systemClock } from "../../daemon/core/clock.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { openScanner } from "../../daemon/scan/scan.ts";
import { type Daemon, startDaemon } from "../../daemon/daemon.ts";
import type { triggerOptions } from "../../daemon/protocol/api.ts";
import type { Run } from "../../daemon/protocol/run.ts";
import type { TestFolder } from "./folder.ts";
import { waitFor } from "./program.ts";
import { layJournal } from "./test-journal.ts";
import type { z } from "zod";

/** One for all daemons of this process: each new one would start another thread. */
const scanner = openScanner({ keep: 8 });

/** A daemon in this process, on the folder's `home`, asked through its own door. */
export interface TestDaemon extends AsyncDisposable {
  readonly client: Client;
  readonly daemon: Daemon;
  /** Whether a client asked the daemon to stop; it goes on, since the test ends it. */
  readonly isStopAsked: boolean;
  /** Edits config.yaml. */
  configure(yaml: string): void;
  /** Triggers an agent, once no other run of it goes on, and waits for the end of the run. */
  run(agentId: string, options?: z.input<typeof triggerOptions>): Promise<Run>;
  /** Waits for a run to end. */
  ended(runId: string): Promise<Run>;
  /** Waits until this many runs have ended, and gives the newest. */
  endedRun(count: number): Promise<Run>;
}

/** What a wait is not cut below: who looks again and again would look all the time. */
const LEAST_WAIT_MS = 40;

/** A clock whose waits are cut to a fiftieth, so that a fault that is waited out does not hold a test up. */
export function hurriedClock(): Clock & { jump(ms: number): void } {
  let ahead = 0;
  return {
    now: () => systemClock.now() + ahead,
    elapsed: () => systemClock.elapsed() * 50,
    sleep: (ms, signal) =>
      systemClock.sleep(Math.max(ms / 50, Math.min(ms, LEAST_WAIT_MS)), signal),
    /** Sets the wall clock ahead. */
    jump(ms) {
      ahead += ms;
    },
  };
}

/** @param yaml what config.yaml says below `version` and `server`; undefined: it stays as it is */
export async function startTestDaemon(
  folder: TestFolder,
  yaml: string | undefined,
  clock: Clock = hurriedClock(),
): Promise<TestDaemon> {
  const paths = resolvePaths({
    env: { AGENT_RUNNER_HOME: folder.file("home") },
    platform: process.platform,
    userHome: folder.path,
  });
  const configure = (text: string): void => {
    folder.write("home/config.yaml", `version: 1\nserver: { port: 0 }\n${text}`);
  };
  const read = (): LoadedConfig =>
    readConfig(paths, {}, { userHome: folder.path, tools: TOOL_NAMES });
  if (yaml !== undefined) configure(yaml);
  if (!existsSync(paths.database)) await layJournal(paths.database);
  let isStopAsked = false;
  const daemon = await startDaemon({
    paths,
    config: read(),
    readConfig: read,
    configFile: openConfigFile(paths, {}, { userHome: folder.path, tools: TOOL_NAMES }),
    version: "0.0.0-test",
    clock,
    logger: silentLogger,
    mode: "daemon",
    scanner,
    onStopAsked() {
      isStopAsked = true;
    },
  });
  const client = createClient({ url: daemon.url, token: daemon.token });
  const ended = (runId: string): Promise<Run> =>
    waitFor(`run ${runId} ends`, async () => {
      const run = await client.run(runId);
      return run.status !== "running" && run;
    });
  return {
    client,
    daemon,
    get isStopAsked() {
      return isStopAsked;
    },
    configure,
    ended,
    async run(agentId, options) {
      const { run_id } = await waitFor(`${agentId} has no other run`, () =>
        client.trigger(agentId, options).catch((error: unknown) => {
          if (error instanceof RunnerError && error.code === "run_in_progress") return undefined;
          throw error;
        }),
      );
      return ended(run_id);
    },
    endedRun: (count) =>
      waitFor(`${count} runs end`, async () => {
        const { items } = await client.runs();
        const all = items.filter((run) => run.status !== "running");
        return all.length >= count && all[0];
      }),
    [Symbol.asyncDispose]: () => daemon.stop(),
  };
}
