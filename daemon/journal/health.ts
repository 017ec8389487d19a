import { statSync } from "node:fs";
import { findFault, hasRoom, type JournalFault, lostFault } from "./disk-fault.ts";

/**
 * Watches over the file of an open journal. SQLite does not notice when its file is deleted or replaced: it goes
 * on with the open one, and everything written is lost at the next start. So each write first checks that the
 * path still leads to the open file.
 */
export interface JournalHealth {
  /** Runs a query. @throws {RunnerError} journal_unwritable, journal_damaged for a fault of disk or database */
  read<T>(work: () => T): T;
  /** Runs a write, unless the file is lost. */
  write<T>(work: () => T): T;
  /** What is wrong now: until a write succeeds again or, of damage, until the journal is opened anew. */
  fault(): JournalFault | undefined;
}

export function watchHealth(file: string): JournalHealth {
  const opened = identityOf(file);
  // The log is made with the first write.
  let log: string | undefined;
  let fault: JournalFault | undefined;

  function isLost(): boolean {
    const logNow = identityOf(`${file}-wal`);
    log ??= logNow;
    return identityOf(file) !== opened || logNow !== log;
  }

  /** Whether a write that succeeded shows that a fault is over. */
  function isOver({ code }: JournalFault): boolean {
    // A small write still fits into the log of a full disk.
    return code === "disk_full" ? hasRoom(file) : code !== "journal_damaged";
  }

  function read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const found = findFault(error, file);
      if (found === undefined) throw error;
      if (fault?.code !== "journal_damaged") fault = found;
      throw found.error;
    }
  }

  return {
    read,
    write(work) {
      if (isLost()) throw lostFault(file).error;
      const result = read(work);
      if (fault !== undefined && isOver(fault)) fault = undefined;
      return result;
    },
    fault: () => (isLost() ? lostFault(file) : fault),
  };
}

/** Device and inode; undefined: there is no such file, or it cannot be reached. */
function identityOf(file: string): string | undefined {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch {
    return undefined;
  }
}
