import { on } from "node:events";
import { isAbort, RunnerError } from "../core/errors.ts";
import type { DirectoryCoverage } from "../protocol/verify.ts";
import {
  BEGUN,
  type CoverageRequest,
  type ScanPart,
  type ScanRequest,
  type ScanTask,
  TAKEN,
  type TaskAnswer,
} from "./scan-messages.ts";
import { endThread, isRunning, startThread, type Thread } from "./scan-thread.ts";

/*
 * The scan room finds the files in an agent's directories that differ from the journal. It promises to
 * report or count every file that it sees, once, and to call a file gone only if it surely is. It never
 * writes and follows no symbolic link below a root. It runs in a thread of its own. A crash costs the scan;
 * the next one finds the same.
 */

export interface Scanner extends AsyncDisposable {
  /**
   * Compares an agent's directories with the journal. Gives batches as they fill, and a summary at the end.
   * At most two batches are ahead of the caller, so a million files need no more memory than one directory
   * does. Leaving the loop, or the signal, ends the scan and its thread before this returns.
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
 *
 * @param options.keep how many threads it keeps, for a caller that scans for many daemons
 */
export function openScanner({ keep = 1 } = {}): Scanner {
  const idle: Thread[] = [];
  let isOpen = true;

  /** An idle thread may have ended between scans. */
  function takeIdle(): Thread | undefined {
    const thread = idle.pop();
    return thread === undefined || isRunning(thread) ? thread : takeIdle();
  }

  async function* perform(work: ScanTask["work"], signal: AbortSignal): AsyncGenerator<TaskAnswer> {
    signal.throwIfAborted();
    const thread = takeIdle() ?? startThread();
    const { worker } = thread;
    worker.ref();
    const progress = new Int32Array(new SharedArrayBuffer(8));
    let isWhole = false;
    try {
      const answers = on(worker, "message", { signal, close: ["exit"] });
      worker.postMessage({ work, progress } satisfies ScanTask);
      for await (const [answer] of answers) {
        const part: TaskAnswer = answer;
        isWhole = part.kind !== "batch";
        yield part;
        if (isWhole) return;
        // Waiting messages go before everything else in the loop, so give the rest a turn.
        await new Promise(setImmediate);
        Atomics.add(progress, TAKEN, 1);
        Atomics.notify(progress, TAKEN);
      }
      throw new Error("its thread ended before it was done");
    } catch (error) {
      if (isAbort(error)) throw error;
      throw scanFailed(work.request.agent.id, error);
    } finally {
      const isFree = isWhole || Atomics.compareExchange(progress, BEGUN, 0, -1) === 0;
      if (isFree && isOpen && idle.length < keep) {
        idle.push(thread);
        // It alone does not keep the process alive.
        worker.unref();
      } else await endThread(thread);
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
      await Promise.all(idle.map(endThread));
    },
  };
}

function scanFailed(agentId: string, cause: unknown): RunnerError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");
  return new RunnerError("internal", `The scan of agent ${agentId} failed: ${reason}.`, {
    hint: "See the log for the details; nothing is lost, and the next scan starts anew.",
    cause,
  });
}
