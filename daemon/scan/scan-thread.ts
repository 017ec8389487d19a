import path from "node:path";
import { Worker } from "node:worker_threads";

// A quarter of V8's default: a scan's objects are short-lived, and the idle thread keeps this memory.
const YOUNG_MB = 12;

export interface Thread {
  worker: Worker;
  /** 1 once its modules and the native code of SQLite are loaded. */
  loaded: Int32Array<SharedArrayBuffer>;
}

export function startThread(): Thread {
  const loaded = new Int32Array(new SharedArrayBuffer(4));
  // The same extension as this module: `.ts` from source, `.js` when built.
  const url = new URL(`scan-worker${path.extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(url, {
    workerData: loaded,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  // A scan in progress gets the error. Between scans it only ends the thread, and the next scan starts another.
  worker.on("error", () => {});
  return { worker, loaded };
}

/** Ends a thread, but not while it loads native code: that would abort the whole process. */
export async function endThread(thread: Thread): Promise<void> {
  const { worker, loaded } = thread;
  worker.ref();
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  if (isRunning(thread)) await Promise.race([Atomics.waitAsync(loaded, 0, 0).value, ended]);
  await worker.terminate();
}

/** A thread that has ended has no id. */
export function isRunning({ worker }: Thread): boolean {
  return worker.threadId !== -1;
}
