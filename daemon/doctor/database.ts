import { existsSync, statfsSync, statSync } from "node:fs";
import path from "node:path";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import type { Paths } from "../core/paths.ts";
import { findSchemaBackup } from "../journal/backup.ts";
import { examineJournal } from "../journal/examine.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { note, ok, problem } from "./finding.ts";

export interface Journaled {
  findings: readonly DiagnosisFinding[];
  /** When the newest run started; null if unknown. */
  lastRunAt: string | null;
  /** Whether it exists, is sound and has this version. */
  isReadable: boolean;
}

/** Checks that the database is sound and has this version. Changes nothing. */
export async function examineDatabase({ database }: Paths): Promise<Journaled> {
  if (!existsSync(database)) {
    const finding = ok("database", `${database} will be created at the first start.`);
    return { findings: [finding], lastRunAt: null, isReadable: false };
  }
  try {
    const { faults, is_older, last_run_at } = await examineJournal(database);
    const megabytes = (statSync(database).size / 1e6).toFixed(1);
    if (faults.length > 0) {
      const message = `${database} is damaged: ${faults.join("; ")}.`;
      const hint =
        "Stop the daemon, then restore a backup in its place, or move it away to start empty.";
      const damaged = problem("database", { code: "journal_damaged", message, hint });
      return { findings: [damaged], lastRunAt: null, isReadable: false };
    }
    const finding = is_older
      ? note("database", {
          code: "journal_older",
          message: `${database} has an older version (${megabytes} MB).`,
          hint: "Do nothing: the next start backs it up and upgrades it.",
        })
      : ok("database", `${database} is sound (${megabytes} MB)${describeBackup(database)}.`);
    return { findings: [finding], lastRunAt: last_run_at, isReadable: !is_older };
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const { code, message, hint } = error;
    const finding = problem("database", { code, message, hint });
    return { findings: [finding], lastRunAt: null, isReadable: false };
  }
}

function describeBackup(database: string): string {
  const backup = findSchemaBackup(database);
  return backup === undefined ? "" : `; the last upgrade backed it up to ${backup}`;
}

// Enough for a day's documents, conversations and write-ahead log.
const LEAST_FREE_BYTES = 500_000_000;

/** Checks that the disk of the database has room. */
export function examineDisk({ database }: Paths): DiagnosisFinding {
  let place = path.dirname(database);
  while (!existsSync(place)) place = path.dirname(place);
  try {
    const { bavail, bsize } = statfsSync(place);
    const free = bavail * bsize;
    const size = existsSync(database) ? statSync(database).size : 0;
    const message = `The disk of ${place} has ${(free / 1e9).toFixed(1)} GB free.`;
    if (free >= Math.max(LEAST_FREE_BYTES, size)) return ok("disk", message);
    const hint = "Free some space, because files wait if the database cannot grow.";
    return problem("disk", { code: "disk_full", message, hint });
  } catch (error) {
    const message = `The free space of ${place} cannot be read (${systemErrorCode(error) ?? "unknown"}).`;
    return note("disk", {
      code: "disk_unknown",
      message,
      hint: "Check that the disk is not full.",
    });
  }
}
