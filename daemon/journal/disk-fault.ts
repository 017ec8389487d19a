import { statfsSync } from "node:fs";
import path from "node:path";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { findLockHolder } from "./lock-holder.ts";
import { findNewestBackup } from "./newest-backup.ts";

// Errors caused by the disk or its permissions, not by the query: https://sqlite.org/rescode.html
const DISK_FAULT = /^SQLITE_(?:FULL|IOERR|BUSY|READONLY|CANTOPEN)(?:_|$)/u;
const DAMAGE = /^SQLITE_(?:CORRUPT|NOTADB)(?:_|$)/u;
// With less room than this, in bytes, SQLite fails in many ways.
const NO_ROOM = 64 * 1024;

/** The code of the problem that a fault is shown as. */
export type JournalFaultCode = "disk_full" | "journal_damaged" | "journal_unwritable";

/** What is wrong with the journal. */
export interface JournalFault {
  code: JournalFaultCode;
  error: RunnerError;
  /** Its file is not the one that is open. */
  is_lost: boolean;
}

/** The SQLite code of a disk fault, which may pass by itself; undefined for any other error. */
export function diskFaultCode(error: unknown): string | undefined {
  const code = systemErrorCode(error);
  return code !== undefined && DISK_FAULT.test(code) ? code : undefined;
}

/**
 * The fault of disk or database that an error of SQLite reports, with who holds a lock where the system tells;
 * undefined for any other error.
 */
export function findFault(error: unknown, file: string): JournalFault | undefined {
  const code = systemErrorCode(error) ?? "";
  if (DAMAGE.test(code)) {
    const message = `The journal ${file} is damaged (${code}).`;
    const damage = damaged(message, restoring(file), error);
    return { code: "journal_damaged", error: damage, is_lost: false };
  }
  if (!DISK_FAULT.test(code)) return undefined;
  const isFull = code.startsWith("SQLITE_FULL") || (!code.includes("BUSY") && !hasRoom(file));
  const [message, hint] = isFull ? wordsOfFullDisk(code, file) : wordsOf(code, file);
  return {
    code: isFull ? "disk_full" : "journal_unwritable",
    error: new RunnerError("journal_unwritable", message, { hint, cause: error }),
    is_lost: false,
  };
}

/** The fault of a journal whose file is not the one that was opened. */
export function lostFault(file: string): JournalFault {
  const message = `The journal ${file} was deleted, moved or replaced while Agent Runner uses it.`;
  const hint = `Move it back. If you cannot, save what is still open with \`agent-runner backup\`, stop Agent Runner, put that copy or a backup in its place, and start again${newestOf(file)}.`;
  return { code: "journal_damaged", error: damaged(message, hint), is_lost: true };
}

function damaged(message: string, hint: string, cause?: unknown): RunnerError {
  return new RunnerError("journal_damaged", message, { hint, cause });
}

/** The way back, as a hint. */
function restoring(file: string): string {
  return `Stop Agent Runner, move ${file} away with the files -wal and -shm beside it, put a backup in its place, and start again${newestOf(file)}.`;
}

function newestOf(file: string): string {
  const backup = findNewestBackup(file);
  return backup === undefined
    ? ": `agent-runner backup` has made none here"
    : ` (the newest backup is ${backup})`;
}

function wordsOfFullDisk(code: string, file: string): [message: string, hint: string] {
  return [
    `The disk of the journal is full (${code}).`,
    `Free some space on the disk of ${path.dirname(file)}: the files wait and go on by themselves.`,
  ];
}

function wordsOf(code: string, file: string): [message: string, hint: string] {
  if (code.startsWith("SQLITE_BUSY")) {
    const holder = findLockHolder([`${file}-shm`, file]);
    const who = holder === undefined ? "another program" : `${holder.name} (process ${holder.pid})`;
    return [
      `The journal is locked by ${who}.`,
      "Close that program, or wait until it is done with the journal.",
    ];
  }
  const message = `The journal cannot be written (${code}).`;
  if (code.startsWith("SQLITE_IOERR")) {
    return [message, `Check the disk of ${file}, and make a backup on another one.`];
  }
  if (code.startsWith("SQLITE_CANTOPEN")) {
    return [message, "Check the permissions of its directory and the limit of open files."];
  }
  return [message, `Check that this user may write to ${file}, and that its disk may be written.`];
}

/** Whether the disk of a file has room for a small write; true if that is not known. */
export function hasRoom(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path.dirname(file));
    return bavail * bsize >= NO_ROOM;
  } catch {
    return true;
  }
}
