import { sql } from "kysely";
import { systemErrorCode } from "../core/errors.ts";
import { listRuns } from "./run-views.ts";
import { type Journal, openToRead } from "./open.ts";

/** What there is to say of a journal without changing it. */
export interface Examination {
  /** What SQLite found damaged; empty for a sound one. */
  faults: string[];
  /** The next start brings its schema up to this program. */
  is_older: boolean;
  /** When the newest run started; null where there is none, or where the schema is older. */
  last_run_at: string | null;
}

// One says enough; a damaged file may have thousands.
const MOST_FAULTS = 5;

/**
 * Looks a journal through, beside a daemon or without one.
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
    // A page that the check itself needs.
    if (systemErrorCode(error)?.startsWith("SQLITE_CORRUPT")) return [String(error)];
    throw error;
  }
}
