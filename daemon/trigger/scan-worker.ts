import { parentPort, workerData } from "node:worker_threads";
import { openKnownFiles } from "../journal/known-files.ts";
import { compareAgent } from "./compare.ts";
import { countCoverage } from "./coverage.ts";
import type { ScanTask, TaskAnswer } from "./scan.ts";

/*
 * The thread of one scan. It is synchronous from beginning to end, which is twice as fast as the same with
 * promises and ends at once when it is terminated; it reads the journal through a handle of its own.
 */

// Parts on their way to the other thread at the same time: one is taken in while the next is made.
const AHEAD = 2;

const { task, taken } = workerData as { task: ScanTask; taken: Int32Array };
const asleep = new Int32Array(new SharedArrayBuffer(4));
let sent = 0;

/** Sends a part, and waits where the other side has not taken in those before it. */
function send(part: TaskAnswer): void {
  for (;;) {
    const count = Atomics.load(taken, 0);
    if (sent - count < AHEAD) break;
    Atomics.wait(taken, 0, count);
  }
  sent += 1;
  parentPort?.postMessage(part);
}

using known = openKnownFiles(task.request.places.database);
switch (task.kind) {
  case "scan": {
    const time = { now: Date.now, sleep: (ms: number) => void Atomics.wait(asleep, 0, 0, ms) };
    compareAgent(task.request, known, time, send);
    break;
  }
  case "coverage":
    send({ kind: "coverage", directories: countCoverage(task.request, known) });
}
