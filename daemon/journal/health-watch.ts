import { statSync } from "node:fs";
import { type Clock, toInstant } from "../core/clock.ts";
import { startLoop } from "../core/loop.ts";
import type { Journal } from "./open.ts";
import { writeSetting } from "./settings.ts";

const LOOK_MS = 5_000;
// A log grows while a reader keeps it from being written back, and does not shrink by itself.
const LARGE_LOG_BYTES = 16 * 1024 * 1024;

/**
 * Finds out when a fault of the journal is over, by a small write, and empties a log that a reader made large, or kept
 * from being emptied, once that reader is gone. A crash costs nothing.
 *
 * @param onChange called when a fault has come or gone
 */
export function startHealthWatch(
  { journal, clock }: { journal: Journal; clock: Clock },
  onChange: () => void,
): AsyncDisposable {
  function look(): void {
    try {
      if (journal.fault() !== undefined) writeSetting(journal, "probe", toInstant(clock.now()));
      if (journal.isLogDue() || isLarge(`${journal.path}-wal`)) journal.emptyLog();
    } catch {
      // The journal has noted the fault.
    }
  }

  return startLoop(async (signal) => {
    let known: string | undefined;
    for (;;) {
      await clock.sleep(LOOK_MS, signal);
      look();
      const found = journal.fault()?.error.message;
      if (found !== known) onChange();
      known = found;
    }
  });
}

function isLarge(log: string): boolean {
  return (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LARGE_LOG_BYTES;
}
