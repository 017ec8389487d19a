import { on } from "node:events";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { isAbort, RunnerError } from "../core/errors.ts";
import type { DirectoryCoverage } from "../protocol/api.ts";
import type { CoverageReport, CoverageRequest, ScanPart, ScanRequest } from "./scan-messages.ts";

/*
 * The scan room finds the files in an agent's directories that differ from the journal. It promises to
 * report or count every file that it sees, once, and to call a file gone only if it surely is. It never
 * writes and follows no symbolic link below a root. It runs in a thread of its own. A crash costs the scan;
 * the next one finds the same.
 */

/** The work for a thread. */
export interface ScanTask {
  work: { kind: "scan"; request: ScanRequest } | { kind: "coverage"; request: CoverageRequest };
  /** How many parts of the answer were handled. */
  taken: Int32Array;
}

export type TaskAnswer = ScanPart | CoverageReport;

export interface Scanner extends AsyncDisposable {
  /**
   * Compares an agent's directories with the journal. Gives batches as they fill, and a summary at the end.
   * At most two batches are ahead of the caller, so a million files need no more memory than one directory
   * does. Leaving the loop, or the signal, ends the thread before this returns.
   *
   * @throws {RunnerError} internal when the thread fails; an AbortError when the signal aborts
   */
  scan(request: ScanRequest, options: { signal: AbortSignal }): AsyncGenerator<ScanPart>;
  /** Counts the files on disk against the journal, for each of an agent's directories. @throws as `scan` */
  readCoverage(
    request: CoverageRequest,
    options: { signal: AbortSignal },
  ): Promise<DirectoryCoverage[]>;
}

/**
 * Opens a scanner that runs each scan in a thread. It keeps one thread for the next scan, since starting a
 * thread takes many times longer than looking at one directory, and its code is compiled by then.
 */
export function openScanner(): Scanner {
  let idle: Thread | undefined;
  let isOpen = true;

  async function* perform(work: ScanTask["work"], signal: AbortSignal): AsyncGenerator<TaskAnswer> {
    signal.throwIfAborted();
    const thread = idle !== undefined && isRunning(idle) ? idle : startThread();
    const { worker } = thread;
    idle = undefined;
    const taken = new Int32Array(new SharedArrayBuffer(4));
    let isWhole = false;
    try {
      const answers = on(worker, "message", { signal, close: ["exit"] });
      worker.postMessage({ work, taken } satisfies ScanTask);
      for await (const [answer] of answers) {
        const part: TaskAnswer = answer;
        isWhole = part.kind !== "batch";
        yield part;
        if (isWhole) return;
        // Waiting messages go before everything else in the loop, so give the rest a turn.
        await new Promise(setImmediate);
        Atomics.add(taken, 0, 1);
        Atomics.notify(taken, 0);
      }
      throw new Error("its thread ended before it was done");
    } catch (error) {
      if (isAbort(error)) throw error;
      const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
      throw new RunnerError(
        "internal",
        `The scan of agent ${work.request.agent.id} failed: ${reason}.`,
        {
          hint: "See the log for the details; nothing is lost, and the next scan starts anew.",
          cause: error,
        },
      );
    } finally {
      if (isWhole && isOpen && idle === undefined) idle = thread;
      else await endThread(thread);
    }
  }

  return {
    async *scan(request, { signal }) {
      for await (const answer of perform({ kind: "scan", request }, signal)) {
        if (answer.kind !== "coverage") yield answer;
      }
    },
    async readCoverage(request, { signal }) {
      const directories: DirectoryCoverage[] = [];
      for await (const answer of perform({ kind: "coverage", request }, signal)) {
        if (answer.kind === "coverage") directories.push(...answer.directories);
      }
      return directories;
    },
    async [Symbol.asyncDispose]() {
      isOpen = false;
      if (idle !== undefined) await endThread(idle);
    },
  };
}

// A quarter of V8's default: a scan's objects are short-lived, and the idle thread keeps this memory.
const YOUNG_MB = 12;

interface Thread {
  worker: Worker;
  /** 1 once its modules and the native code of SQLite are loaded. */
  loaded: Int32Array<SharedArrayBuffer>;
}

function startThread(): Thread {
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
async function endThread(thread: Thread): Promise<void> {
  const { worker, loaded } = thread;
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  if (isRunning(thread)) await Promise.race([Atomics.waitAsync(loaded, 0, 0).value, ended]);
  await worker.terminate();
}

/** A thread that has ended has no id. */
function isRunning({ worker }: Thread): boolean {
  return worker.threadId !== -1;
}
