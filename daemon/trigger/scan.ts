import { on } from "node:events";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { isAbort, RunnerError } from "../core/errors.ts";
import type { DirectoryCoverage } from "../protocol/api.ts";
import type { CoverageReport, CoverageRequest, ScanPart, ScanRequest } from "./scan-report.ts";

/*
 * The scan: which files under an agent's directories are not as the journal knows them. It promises that
 * every file it can see is reported or counted, once, and that nothing is called gone unless it surely is.
 * It never writes, follows no symbolic link below a root, and runs in a thread of its own.
 * A crash costs the scan; the next one finds the same.
 */

/** What the thread is given to do. */
export type ScanTask =
  | { kind: "scan"; request: ScanRequest }
  | { kind: "coverage"; request: CoverageRequest };

export type TaskAnswer = ScanPart | CoverageReport;

/**
 * Compares an agent's directories with the journal. Gives batches as they fill, and a summary at the end;
 * it is at most two batches ahead of who takes them in, so a million files need no more memory than one
 * directory of them. Leaving the loop, or the signal, ends the thread before this returns.
 *
 * @throws {RunnerError} internal when the thread fails; an AbortError when the signal aborts
 */
export async function* scan(
  request: ScanRequest,
  { signal }: { signal: AbortSignal },
): AsyncGenerator<ScanPart> {
  for await (const answer of perform({ kind: "scan", request }, signal)) {
    if (answer.kind !== "coverage") yield answer;
  }
}

/** Counts the files on disk against the journal, for each of an agent's directories. @throws as {@link scan} */
export async function readCoverage(
  request: CoverageRequest,
  { signal }: { signal: AbortSignal },
): Promise<DirectoryCoverage[]> {
  const directories: DirectoryCoverage[] = [];
  for await (const answer of perform({ kind: "coverage", request }, signal)) {
    if (answer.kind === "coverage") directories.push(...answer.directories);
  }
  return directories;
}

async function* perform(task: ScanTask, signal: AbortSignal): AsyncGenerator<TaskAnswer> {
  signal.throwIfAborted();
  const taken = new Int32Array(new SharedArrayBuffer(4));
  // The same ending as this module: `.ts` from source, `.js` when it is built.
  const module = new URL(`scan-worker${path.extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(module, { workerData: { task, taken } });
  try {
    let isWhole = false;
    for await (const [answer] of on(worker, "message", { signal, close: ["exit"] })) {
      const part: TaskAnswer = answer;
      isWhole = part.kind !== "batch";
      yield part;
      // Messages that wait are taken in before anything else is served: let the rest have its turn.
      await new Promise(setImmediate);
      Atomics.add(taken, 0, 1);
      Atomics.notify(taken, 0);
    }
    if (!isWhole) throw new Error("its thread ended before it was done");
  } catch (error) {
    if (isAbort(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new RunnerError(
      "internal",
      `The scan of agent ${task.request.agent.id} failed: ${message}`,
      {
        hint: "Nothing was changed by it; the next scan starts anew. The log has the details.",
        cause: error,
      },
    );
  } finally {
    await worker.terminate();
  }
}
