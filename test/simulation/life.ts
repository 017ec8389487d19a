import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { type Client, createClient } from "../../daemon/client/client.ts";
import { openConfigFile } from "../../daemon/config/config-file.ts";
import { readConfig } from "../../daemon/config/load.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { type Paths, resolvePaths } from "../../daemon/core/paths.ts";
import { startDaemon, type Daemon } from "../../daemon/daemon.ts";
import { TOOL_NAMES } from "../../daemon/protocol/tool.ts";
import type { Endpoint } from "./endpoint.ts";
import { openInlineScanner } from "./inline-scanner.ts";
import { diskFull, openEdgedJournal } from "./journal-edge.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** One process of the daemon, from its start to its end. */
export interface Life {
  readonly client: Client;
  readonly daemon: Daemon;
  readonly paths: Paths;
  /** The home as it was at the instant of the kill; undefined: it lives. */
  readonly remains: string | undefined;
  /** How often the journal was reached. */
  readonly reached: number;
  /** Kills it when the journal is reached so many times more; 0: now. */
  killAfter(times: number): void;
  /** Kills it when the next commit of a job reaches the journal so many times more. */
  killInCommit(times: number): void;
  /** The disk fails so many writes from now on. */
  failWrites(times: number): void;
}

export interface LifeOptions {
  /** Counts the lives of a simulation, from 0. */
  number: number;
  home: string;
  /** Where the home of the next life is copied to. */
  nextHome: string;
  userHome: string;
  clock: VirtualClock;
  endpoint: Endpoint;
}

export function pathsOf(home: string, userHome: string): Paths {
  return resolvePaths({
    env: { AGENT_RUNNER_HOME: home },
    platform: process.platform,
    userHome,
  });
}

export async function beginLife(options: LifeOptions): Promise<Life> {
  const { number, home, nextHome, userHome, clock, endpoint } = options;
  const paths = pathsOf(home, userHome);
  let remains: string | undefined;
  let reached = 0;
  let left = Infinity;
  let leftInCommit = Infinity;
  let failing = 0;
  const kill = (): void => {
    if (remains !== undefined) return;
    copyHome(home, nextHome);
    remains = nextHome;
    endpoint.hangUp(number);
  };
  const edge = {
    endJob() {
      left = Math.min(left, leftInCommit);
    },
    reach() {
      reached += 1;
      left -= 1;
      if (left <= 0) kill();
      if (remains !== undefined || failing === 0) return;
      failing -= 1;
      throw diskFull();
    },
  };
  const read = () => readConfig(paths, {}, { userHome, tools: TOOL_NAMES });
  const daemon = await startDaemon({
    paths,
    config: read(),
    readConfig: read,
    configFile: openConfigFile(paths, {}, { userHome, tools: TOOL_NAMES }),
    version: "0.0.0-test",
    clock,
    logger: silentLogger,
    mode: "daemon",
    scanner: openInlineScanner(() => clock.now()),
    onStopAsked() {},
    edges: {
      openJournal: (file) => openEdgedJournal(file, edge),
      createModel: endpoint.modelsOf(number),
    },
  });
  return {
    client: createClient({ url: daemon.url, token: daemon.token }),
    daemon,
    paths,
    get remains() {
      return remains;
    },
    get reached() {
      return reached;
    },
    killInCommit(times) {
      leftInCommit = times;
    },
    killAfter(times) {
      left = times;
      leftInCommit = Infinity;
      if (times === 0) kill();
    },
    failWrites(times) {
      failing = times;
    },
  };
}

/** The home as a machine finds it after a power cut: what SQLite keeps in memory is gone. */
function copyHome(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(from)) {
    if (name.endsWith("-shm")) continue;
    const source = path.join(from, name);
    if (name.endsWith(".db") || name.endsWith(".db-wal")) copyFileSync(source, path.join(to, name));
    else if (existsSync(source)) cpSync(source, path.join(to, name), { recursive: true });
  }
}
