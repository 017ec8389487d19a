import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  fsyncSync,
  globSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { createId } from "../core/id.ts";

/** Copies the journal while it is in use. Disposing cancels a copy in progress. */
export interface Backups extends AsyncDisposable {
  /**
   * Copies the journal to a path where no file is; only its owner can read it. The copy is complete, checked
   * and durable, or it does not exist. The journal can be written meanwhile. Returns its size in bytes.
   *
   * @throws {RunnerError} backup_exists, backup_failed
   */
  make(target: string): Promise<number>;
}

// The ending of this module: `.ts` from source, `.js` when built.
const ENTRY = path.join(import.meta.dirname, `backup-main${path.extname(import.meta.filename)}`);

/** Also deletes unfinished copies that a crash left in the directory of backups. Call it with the home's lock held. */
export function openBackups(database: string): Backups {
  for (const leftover of globSync(`.backup_*.partial*`, { cwd: directoryOf(database) })) {
    rmSync(path.join(directoryOf(database), leftover), { recursive: true, force: true });
  }
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();

  async function copy(target: string): Promise<number> {
    // In a directory of its own, where no one else can put a link in place of the file while SQLite writes it.
    const directory = path.join(path.dirname(target), `.${createId("backup")}.partial`);
    const partial = path.join(directory, createId("copy"));
    try {
      mkdirSync(directory, { mode: 0o700 });
      closeSync(openSync(partial, "wx", 0o600));
      await runCopy(database, partial, stopping.signal);
      sync(partial);
      place(partial, target);
      sync(path.dirname(target));
      return statSync(target).size;
    } catch (error) {
      throw error instanceof RunnerError ? error : failed(target, error);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  return {
    async make(target) {
      if (existsSync(target)) throw exists(target);
      const made = copy(target);
      const ended = made.catch(() => {});
      running.add(ended);
      try {
        return await made;
      } finally {
        running.delete(ended);
      }
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** The default path of a backup, named by the instant (ISO 8601). Creates the directory if needed. */
export function backupPath(database: string, now: string): string {
  return path.join(makeDirectory(database), backupName(now));
}

const SCHEMA_BACKUPS = "agent-runner-schema-*.db";

/** The path of the backup before an upgrade, named by schema (`0006`) and instant. Creates the directory if needed. */
export function schemaBackupPath(database: string, schema: string, now: string): string {
  return path.join(makeDirectory(database), backupName(`schema-${schema}-${now}`));
}

/** The newest backup that an upgrade made; undefined if it made no backup. */
export function findSchemaBackup(database: string): string | undefined {
  const directory = directoryOf(database);
  const newest = globSync(SCHEMA_BACKUPS, { cwd: directory }).toSorted().at(-1);
  return newest && path.join(directory, newest);
}

function makeDirectory(database: string): string {
  const directory = directoryOf(database);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

function directoryOf(database: string): string {
  return path.join(path.dirname(database), "backups");
}

/** The file name of a backup, without colons: Windows forbids them in names. */
export function backupName(now: string): string {
  return `agent-runner-${now.replaceAll(":", "-")}.db`;
}

async function runCopy(database: string, partial: string, signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, ["--disable-sigusr1", ENTRY, database, partial], {
    env: {},
    // Its stdin closes when this process ends, and then the child ends too.
    stdio: ["pipe", "ignore", "pipe"],
    windowsHide: true,
    signal,
    killSignal: "SIGKILL",
  });
  const [said, [code, killedBy]] = await Promise.all([text(child.stderr), once(child, "close")]);
  if (code !== 0)
    throw new Error(said.trim() || `The copying process ended with ${killedBy ?? code}.`);
}

/** Gives a finished copy its name. Never replaces another file. */
function place(partial: string, target: string): void {
  try {
    linkSync(partial, target);
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") throw exists(target);
    // The disk has no hard links: reserve the name with an empty file, then replace that file.
    reserve(target);
    renameSync(partial, target);
  }
}

function reserve(target: string): void {
  try {
    closeSync(openSync(target, "wx", 0o600));
  } catch (error) {
    throw systemErrorCode(error) === "EEXIST" ? exists(target) : error;
  }
}

function sync(file: string): void {
  // Windows cannot open a directory, and writes its entries by itself.
  if (process.platform === "win32" && statSync(file).isDirectory()) return;
  const handle = openSync(file, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function exists(target: string): RunnerError {
  return new RunnerError("backup_exists", `There is a file ${target} already.`, {
    hint: "Name another path: a backup never replaces a file.",
  });
}

function failed(target: string, cause: unknown): RunnerError {
  if (systemErrorCode(cause) === "ENOENT") {
    const directory = path.dirname(target);
    return new RunnerError("backup_failed", `There is no directory ${directory} to copy into.`, {
      hint: "Create the directory, or name another path.",
      cause,
    });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RunnerError("backup_failed", `The journal was not copied to ${target}: ${why}`, {
    hint: "Check that its directory can be written to and has room. No part of the copy was left there.",
    cause,
  });
}
