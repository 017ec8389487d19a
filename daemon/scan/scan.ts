import { on } from "node:events";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { isAbort, RunnerError } from "../core/errors.ts";
import type { DirectoryCoverage } from "../protocol/api.ts";
import type { CoverageReport, CoverageRequest, ScanPart, ScanRequest } from "./scan-messages.ts";

/*
 * The scan: which files under an agent's directories are not as the journal knows them. It promises that
 * every file it can see is reported or counted, once, and that nothing is called gone unless it surely is.
 * It never writes, follows no symbolic link below a root, and runs in a thread of its own.
 * A crash costs the scan; the next one finds the same.
 */

/** What a thread is given to do. */
export interface ScanTask {
  work: { kind: "scan"; request: ScanRequest } | { kind: "coverage"; request: CoverageRequest };
  /** How many parts of the answer were taken in. */
  taken: Int32Array;
}

export type TaskAnswer = ScanPart | CoverageReport;

export interface Scanner extends AsyncDisposable {
  /**
   * Compares an agent's directories with the journal. Gives batches as they fill, and a summary at the end;
   * it is at most two batches ahead of who takes them in, so a million files need no more memory than one
   * directory of them. Leaving the loop, or the signal, ends the thread before this returns.
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
 * Scans, each in a thread of its own. One thread is kept for the next scan: to start one takes many times
 * as long as to look at one directory, and what it runs is compiled by then.
 */
export function openScanner(): Scanner {
  let idle: Worker | undefined;
  let isOpen = true;

  async function* perform(work: ScanTask["work"], signal: AbortSignal): AsyncGenerator<TaskAnswer> {
    signal.throwIfAborted();
    const worker = idle ?? startThread();
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
        // Messages that wait are taken in before anything else is served: let the rest have its turn.
        await new Promise(setImmediate);
        Atomics.add(taken, 0, 1);
        Atomics.notify(taken, 0);
      }
      throw new Error("its thread ended before it was done");
    } catch (error) {
      if (isAbort(error)) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new RunnerError(
        "internal",
        `The scan of agent ${work.request.agent.id} failed: ${message}`,
        {
          hint: "Nothing was changed by it; the next scan starts anew. The log has the details.",
          cause: error,
        },
      );
    } finally {
      if (isWhole && isOpen && idle === undefined) idle = worker;
      else await worker.terminate();
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
      await idle?.terminate();
    },
  };
}

// A quarter of what V8 takes: what a scan makes is of no use a moment later, and the thread is kept.
const YOUNG_MB = 12;

function startThread(): Worker {
  // The same ending as this module: `.ts` from source, `.js` when it is built.
  return new Worker(new URL(`scan-worker${path.extname(import.meta.url)}`, import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
}
