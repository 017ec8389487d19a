/**
 * A process of its own that copies the journal while the daemon writes it: `backup-main SOURCE COPY`. COPY
 * must exist and be empty. When the process exits with 0, COPY is a complete and checked copy of one instant;
 * otherwise stderr says why not. The process ends when the one that started it ends.
 */
import Database from "better-sqlite3";

// Large enough to keep a disk busy, small enough to end soon when the copy is cancelled.
const PAGES_AT_A_TIME = 1000;

// The process that started this one is gone, so there is no one to report to.
process.stdin.once("end", () => process.exit(1)).resume();

async function copy(source: string, target: string): Promise<void> {
  const journal = new Database(source, { readonly: true, fileMustExist: true });
  // One snapshot for all steps: otherwise each write of the daemon would restart the copy.
  journal.exec("BEGIN");
  journal.prepare("SELECT count(*) FROM sqlite_master").get();
  await journal.backup(target, { progress: () => PAGES_AT_A_TIME });
  journal.close();

  const made = new Database(target, { fileMustExist: true });
  // A single file, without a log beside it.
  made.pragma("journal_mode = DELETE");
  const found = made.pragma("integrity_check(1)", { simple: true });
  made.close();
  if (found !== "ok") throw new Error(`The copy is damaged: ${String(found)}.`);
}

const [source = "", target = ""] = process.argv.slice(2);
try {
  await copy(source, target);
  process.exit(0);
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
  process.stdin.destroy();
}
