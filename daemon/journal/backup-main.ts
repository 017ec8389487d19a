/**
 * The process that copies the journal, beside the one that writes it: `backup-main SOURCE COPY`. What it
 * copies is the journal as it was in one instant; the copy, an empty file that is there, is whole and sound
 * when this ends with 0, else stderr says why not. It ends with whoever started it.
 */
import Database from "better-sqlite3";

// Enough for a disk to be busy with, and soon over when nobody wants it any more.
const PAGES_AT_A_TIME = 1000;

// Nobody is left to tell.
process.stdin.once("end", () => process.exit(1)).resume();

async function copy(source: string, target: string): Promise<void> {
  const journal = new Database(source, { readonly: true, fileMustExist: true });
  // One snapshot for all steps: else each write of the daemon would make the copy begin anew.
  journal.exec("BEGIN");
  journal.prepare("SELECT count(*) FROM sqlite_master").get();
  await journal.backup(target, { progress: () => PAGES_AT_A_TIME });
  journal.close();

  const made = new Database(target, { fileMustExist: true });
  // In one file, without a log beside it.
  made.pragma("journal_mode = DELETE");
  const found = made.pragma("integrity_check(1)", { simple: true });
  made.close();
  if (found !== "ok") throw new Error(`the copy is not sound: ${String(found)}`);
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
