import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { findPackageJSON } from "node:module";
import os from "node:os";
import path from "node:path";
import { discoverServers } from "./agent/model/discover.ts";
import { TOOL_NAMES } from "./protocol/tool.ts";
import { openConfigFile } from "./config/config-file.ts";
import { type LoadedConfig, parseConfig, readConfig } from "./config/load.ts";
import { inboxAgent, starterConfig } from "./config/starter.ts";
import { removeLeftovers, writeFileAtomic } from "./core/atomic-file.ts";
import { systemClock } from "./core/clock.ts";
import { RunnerError, systemErrorCode, toRunnerError } from "./core/errors.ts";
import { notAFile, readHomeFile } from "./core/home-file.ts";
import { type Logger, openLogger } from "./core/logger.ts";
import type { Paths } from "./core/paths.ts";
import { makePrivateDirectory } from "./core/private-directory.ts";
import { removeOldSignInFiles } from "./core/sign-in-file.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { openBuiltPage } from "./dashboard/built-page.ts";
import { takeLock } from "./journal/lock.ts";
import { type DaemonFile, daemonFileSchema, type StatusProblem } from "./protocol/api.ts";
import { CALL } from "./core/call.ts";

/*
 * Process entry: config, one daemon per home, signals, exit code. It promises that a second daemon changes
 * nothing, that SIGTERM and SIGINT end it in order, and that a crash leaves nothing that blocks the next
 * start. It never decides about files. A crash costs the requests in flight.
 */

/** What a person wants to know when the daemon is ready. */
export interface ReadyInfo {
  url: string;
  pid: number;
  config: string;
  /** The config was written just now. */
  created: boolean;
  inbox: string;
  model: { provider: string; name: string };
  agents: number;
  /** Model servers that answered on loopback. */
  servers: { kind: string; base_url: string; models: string[] }[];
  problems: readonly StatusProblem[];
  /** What the start did to a journal of an older schema; undefined: nothing. */
  upgraded: DaemonFile["upgraded"];
}

export interface RunOptions {
  paths: Paths;
  env: Readonly<Record<string, string | undefined>>;
  mode: "daemon" | "one-run";
  onReady(info: ReadyInfo): void;
  /** Called once when the stop begins. */
  onStopping(): void;
}

/**
 * Runs a daemon until it is asked to stop. Gives the exit code.
 *
 * @throws {RunnerError} daemon_running, config_invalid, home_unusable, journal_newer, port_in_use …
 */
export async function runDaemon(options: RunOptions): Promise<number> {
  const { paths, mode } = options;
  process.umask(0o077);
  for (const file of [paths.config, paths.database, paths.daemonFile, paths.log]) {
    makePrivateDirectory(path.dirname(file));
  }
  refuseOther(paths.daemonFile);
  let isLockDamaged = false;
  const lock = takeLock(paths.lock, () => (isLockDamaged = true));
  if (lock === undefined) throw alreadyRunning(paths);
  removeOldSignInFiles(paths, 0);
  try {
    paths.own.forEach(removeLeftovers);
    const { config, created } = prepareConfig(options);
    let secrets = config.secrets;
    const logger = openLogger({ file: paths.log, secrets: () => secrets });
    if (isLockDamaged) logger.warn({ file: paths.lock }, "The lock was damaged and is made anew");
    const stopped = Promise.withResolvers<void>();
    const stop = (): void => stopped.resolve();
    const version = readVersion();
    await using page = openBuiltPage();
    const endOfStart = endAtInterrupt(options);
    const daemon = await startDaemon({
      paths,
      config,
      version,
      clock: systemClock,
      logger,
      mode,
      readConfig: () => readConfig(paths, options.env, configOptions()),
      configFile: openConfigFile(paths, options.env, configOptions()),
      onConfig(next) {
        secrets = [...new Set([...secrets, ...next.secrets])];
      },
      page,
      onStopAsked: stop,
    });
    endOfStart();
    const release = onSignals(stop, mode, logger);
    const endOfWork = endAtBug(logger);
    let code = 1;
    try {
      const { url, token, startedAt: started_at, upgraded } = daemon;
      const { pid } = process;
      const file: DaemonFile = { pid, url, token, version, started_at, mode, upgraded };
      writeDaemonFile(paths.daemonFile, file);
      logger.info({ url, version, pid }, "The daemon is ready");
      if (mode === "daemon") void page.prepare();
      const ready = await describe(options, config, url, created);
      options.onReady({ ...ready, upgraded });
      await stopped.promise;
      code = 0;
      options.onStopping();
    } finally {
      endInTime(paths, logger, code);
      endOfWork();
      removeDaemonFile(paths, logger);
      await stopDaemon(daemon, logger);
      release();
    }
    return code;
  } finally {
    lock.release();
  }
}

/**
 * A bug ends the process, until what this gives is called: then the daemon stops, and the rooms that are left are closed
 * all the same.
 */
function endAtBug(logger: Logger): () => void {
  let isStopping = false;
  process.on("uncaughtException", (error) => {
    if (isStopping) {
      logger.error({ err: error }, "The daemon met a bug while it stops");
      return;
    }
    logger.error({ err: error }, "The daemon met a bug and ends");
    process.exit(1);
  });
  return () => void (isStopping = true);
}

const INTERRUPTED = 130;

// The stop takes five seconds at most. What a daemon has not ended by then, its next start ends as after a crash.
const STOP_MS = 4_700;

/** Ends the process with a code if the stop that begins now is not done in time, whatever holds it up. */
function endInTime(paths: Paths, logger: Logger, code: number): void {
  setTimeout(() => {
    logger.warn({ pid: process.pid }, "The daemon did not stop in time and ends now");
    removeDaemonFile(paths, logger);
    process.exit(code);
  }, STOP_MS).unref();
}

/** Stops it, and ends whatever fails: a room that cannot be closed is cleaned up by the next start. */
async function stopDaemon(daemon: Daemon, logger: Logger): Promise<void> {
  try {
    await daemon.stop();
    logger.info({ pid: process.pid }, "The daemon has stopped");
  } catch (error) {
    logger.error({ err: error }, "The daemon has stopped, but a part of it could not be closed");
  }
}

function refuseOther(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isDirectory()) throw notAFile(file, "a directory");
}

/** @throws {RunnerError} home_unusable */
function writeDaemonFile(file: string, content: DaemonFile): void {
  try {
    writeFileAtomic(file, `${JSON.stringify(content)}\n`, 0o600);
  } catch (error) {
    const why = systemErrorCode(error) ?? String(error);
    throw new RunnerError("home_unusable", `${file} cannot be written (${why}).`, {
      hint: "Remove it, and check that this user may write to its directory.",
      cause: error,
    });
  }
}

/** What is left of it is known as old: the next command finds that no daemon answers there. */
function removeDaemonFile({ daemonFile }: Paths, logger: Logger): void {
  try {
    rmSync(daemonFile, { force: true });
  } catch (error) {
    logger.warn({ err: error, file: daemonFile }, "A file of the daemon could not be removed");
  }
}

async function findServers(): Promise<ReadyInfo["servers"]> {
  const servers = await discoverServers();
  return servers.map((server) => ({ ...server, models: server.models.map(({ name }) => name) }));
}

/** Reads the config, and writes a first one if it is missing. A single run works without a config file. */
function prepareConfig({ paths, env, mode }: RunOptions): {
  config: LoadedConfig;
  created: boolean;
} {
  const isMissing = !existsSync(paths.config);
  if (isMissing && mode === "one-run") {
    return { config: parseConfig("version: 1\n", { ...configOptions(), env }), created: false };
  }
  if (isMissing) {
    makePrivateDirectory(paths.inbox);
    writeFileAtomic(paths.config, starterConfig(inboxAgent(paths.inbox)), 0o600);
  }
  return { config: readConfig(paths, env, configOptions()), created: isMissing };
}

function configOptions(): { userHome: string; tools: readonly string[] } {
  return { userHome: os.homedir(), tools: TOOL_NAMES };
}

async function describe(
  { paths, mode }: RunOptions,
  config: LoadedConfig,
  url: string,
  created: boolean,
): Promise<Omit<ReadyInfo, "upgraded">> {
  const { provider, name } = config.model;
  return {
    url,
    pid: process.pid,
    config: paths.config,
    created,
    inbox: paths.inbox,
    model: { provider, name },
    agents: config.agents.length,
    servers: mode === "daemon" ? await findServers() : [],
    problems: config.problems,
  };
}

/**
 * Until the daemon is ready, which may take long after an upgrade, Ctrl-C ends it at once: the next start repairs it as
 * after a crash. Gives what ends that.
 */
function endAtInterrupt({ onStopping }: RunOptions): () => void {
  const end = (): void => {
    onStopping();
    process.exit(INTERRUPTED);
  };
  process.on("SIGINT", end);
  return () => process.off("SIGINT", end);
}

/**
 * The first signal stops in order, the second at once, unless it is SIGHUP: a terminal that closes sends it more than
 * once, by its shell and by the system. This holds until the process ends. A single run also ends with the process that
 * started it; gives what ends that.
 */
function onSignals(stop: () => void, mode: RunOptions["mode"], logger: Logger): () => void {
  let askedAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (askedAt === undefined) {
      logger.info({ signal }, "A signal asks the daemon to stop");
      askedAt = performance.now();
      stop();
    } else if (signal !== "SIGHUP" && performance.now() - askedAt > 500) {
      // npm forwards the Ctrl-C that the terminal has already sent: both are the same signal.
      process.exit(INTERRUPTED);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  if (mode === "one-run") process.on("disconnect", stop);
  // With a listener, the channel keeps the process.
  return () => process.off("disconnect", stop);
}

function alreadyRunning(paths: Paths): RunnerError {
  const holder = readHolder(paths);
  return holder === undefined
    ? new RunnerError(
        "daemon_running",
        "Another Agent Runner is starting or stopping in this home.",
        {
          hint: "Try again in a moment.",
        },
      )
    : new RunnerError(
        "daemon_running",
        `Agent Runner is already running: process ${holder.pid} at ${holder.url}, since ${holder.started_at}.`,
        {
          hint: `Use it, or end it with \`${CALL} stop\`.`,
          data: { pid: holder.pid, url: holder.url },
        },
      );
}

const MAX_DAEMON_FILE_BYTES = 64 * 1024;

function readHolder(paths: Paths): DaemonFile | undefined {
  try {
    const { bytes } = readHomeFile(paths.daemonFile, MAX_DAEMON_FILE_BYTES);
    return daemonFileSchema.safeParse(JSON.parse(bytes.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

function readVersion(): string {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) throw toRunnerError(new Error("no package.json above the program"));
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}
