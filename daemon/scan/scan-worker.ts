import { parentPort, workerData } from "node:worker_threads";
import { loadSqlite, openKnownFiles } from "../journal/known-file-reader.ts";
import { compareAgent } from "./compare.ts";
import { countCoverage } from "./coverage.ts";
import { BEGUN, type ScanTask, TAKEN, type TaskAnswer } from "./scan-messages.ts";

/*
 * The thread that runs one scan at a time. A scan is synchronous from beginning to end, which is twice as
 * fast as promises, and ends at once when the thread is terminated. It reads the journal through a handle
 * of its own.
 */

// Parts that may be under way to the other thread: it handles one while this thread makes the next.
const AHEAD = 2;

const asleep = new Int32Array(new SharedArrayBuffer(4));
const time = { now: Date.now, sleep: (ms: number) => void Atomics.wait(asleep, 0, 0, ms) };

function perform({ work, progress }: ScanTask): void {
  // The caller may have left before this thread was ready.
  if (Atomics.compareExchange(progress, BEGUN, 0, 1) !== 0) return;
  let sent = 0;
  /** Sends a part once the other thread has handled enough of the parts before it. */
  const send = (part: TaskAnswer): void => {
    for (;;) {
      const count = Atomics.load(progress, TAKEN);
      if (sent - count < AHEAD) break;
      Atomics.wait(progress, TAKEN, count);
    }
    sent += 1;
    parentPort?.postMessage(part);
  };
  using known = openKnownFiles(work.request.places.database);
  switch (work.kind) {
    case "scan":
      compareAgent(work.request, known, time, send);
      break;
    case "coverage":
      send({ kind: "coverage", directories: countCoverage(work.request, known) });
  }
}

loadSqlite();
parentPort?.on("message", perform);
const loaded = workerData as Int32Array<SharedArrayBuffer>;
Atomics.store(loaded, 0, 1);
Atomics.notify(loaded, 0);
