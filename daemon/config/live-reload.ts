import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Clock } from "../core/clock.ts";
import { RunnerError, isAbort, systemErrorCode, toRunnerError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Paths } from "../core/paths.ts";
import { isSameConfig } from "./difference.ts";
import type { LoadedConfig } from "./load.ts";

/*
 * Follows config.yaml and secrets.env while the daemon runs. A text is applied once it is equal in two looks, so an
 * edit takes effect within about a second, and half an edit never does. After an invalid edit, the last valid config
 * stays in force. Each look reads both files whole: two small reads from memory, which also work for writes in place,
 * renames over the file, links, and file systems without events. Writes nothing and never throws.
 */

export interface ConfigWatchOptions {
  paths: Pick<Paths, "config" | "secrets">;
  /** Reads both files. @throws {RunnerError} as `readConfig` does */
  read(): LoadedConfig;
  /** The config in force. Later edits are found, even those made before watching began. */
  current: LoadedConfig;
  clock: Clock;
  logger: Logger;
  /** Puts a config in force. If it throws, `previous` stays, and `onInvalid` gets the error. */
  onChange(next: LoadedConfig, previous: LoadedConfig): void;
  /** Called once for each text that cannot be put in force. */
  onInvalid(error: RunnerError): void;
  /** Called after `onInvalid`, when the text equals the config in force again. */
  onValid?(): void;
}

export interface ConfigWatch {
  /** No callback begins after this. */
  stop(): Promise<void>;
}

const LOOK_MS = 500;
// A larger file is no config, and is not read twice a second.
const MAX_READ_BYTES = 1_000_000;

/** Starts to follow the config. */
export function watchConfig(options: ConfigWatchOptions): ConfigWatch {
  const { clock, logger, paths } = options;
  const stopping = new AbortController();
  let current = options.current;
  let isRefused = false;
  let seen: string | undefined;
  let judged: string | undefined;

  async function look(signal: AbortSignal): Promise<void> {
    const text = await fingerprint(paths);
    const isStill = text === seen;
    seen = text;
    if (!isStill || text === judged) return;
    const outcome = read();
    // Edited while it was read: wait for the next look.
    if ((await fingerprint(paths)) !== text || signal.aborted) return;
    judged = text;
    if (outcome instanceof RunnerError) refuse(outcome);
    else accept(outcome);
  }

  function read(): LoadedConfig | RunnerError {
    try {
      return options.read();
    } catch (thrown) {
      return toRunnerError(thrown);
    }
  }

  function accept(next: LoadedConfig): void {
    try {
      if (!isSameConfig(current, next)) options.onChange(next, current);
      else if (isRefused) options.onValid?.();
      current = next;
      isRefused = false;
    } catch (thrown) {
      logger.error({ err: thrown }, "A config could not be put in force");
      refuse(toRunnerError(thrown));
    }
  }

  function refuse(error: RunnerError): void {
    isRefused = true;
    try {
      options.onInvalid(error);
    } catch (thrown) {
      logger.error({ err: thrown }, "The error of a config could not be shown");
    }
  }

  async function follow(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(LOOK_MS, signal);
        await look(signal);
      }
    } catch (error) {
      if (!isAbort(error)) logger.error({ err: error }, "The config is no longer followed");
    }
  }

  const following = follow(stopping.signal);
  return {
    stop() {
      stopping.abort();
      return following;
    },
  };
}

/** Equal for equal files. Includes the mode, which decides whether secrets.env is exposed. */
async function fingerprint(paths: ConfigWatchOptions["paths"]): Promise<string> {
  const parts = await Promise.all([paths.config, paths.secrets].map(fingerprintFile));
  return parts.join(" ");
}

async function fingerprintFile(file: string): Promise<string> {
  try {
    const stats = await stat(file);
    const { mode, size, mtimeMs } = stats;
    // A named pipe would be waited for.
    if (!stats.isFile() || size > MAX_READ_BYTES) return `${mode}:${size}:${mtimeMs}`;
    const content = await readFile(file);
    // Hashed, so that no secret is kept here.
    return `${mode}:${createHash("sha256").update(content).digest("hex")}`;
  } catch (error) {
    return systemErrorCode(error) ?? "unreadable";
  }
}
