import { sql } from "kysely";
import { systemErrorCode } from "../core/errors.ts";
import { listRuns } from "./run-views.ts";
import { type Journal, openToRead } from "./open.ts";

/** The result of an examination, which changes nothing. */
export interface Examination {
  /** The damages that SQLite found; empty if the journal is sound. */
  faults: string[];
  /** Whether its schema is older than this program; the next start upgrades it. */
  is_older: boolean;
  /** When the newest run started; null if there is no run, or the schema is older. */
  last_run_at: string | null;
}

// A damaged file may have thousands; a few say enough.
const MOST_FAULTS = 5;

/**
 * Examines a journal, whether a daemon is running or not.
 *
 * @throws {RunnerError} journal_newer, journal_damaged, journal_unwritable, home_unusable
 */
export async function examineJournal(file: string): Promise<Examination> {
  const { journal, isOlder } = await openToRead(file);
  try {
    const faults = findFaults(journal);
    const isReadable = faults.length === 0 && !isOlder;
    const [newest] = isReadable ? listRuns(journal, { limit: 1 }).items : [];
    return { faults, is_older: isOlder, last_run_at: newest?.started_at ?? null };
  } finally {
    journal.close();
  }
}

function findFaults(journal: Journal): string[] {
  try {
    return journal
      .all(sql<{ quick_check: string }>`PRAGMA quick_check(${sql.lit(MOST_FAULTS)})`)
      .map((row) => row.quick_check)
      .filter((said) => said !== "ok");
  } catch (error) {
    // The damage is in a page that the check itself needs.
    if (systemErrorCode(error)?.startsWith("SQLITE_CORRUPT")) return [String(error)];
    throw error;
  }
}
