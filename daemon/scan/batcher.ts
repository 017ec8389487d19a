import type { ScanBatch, ScannedRoot, ScanPart, ScanSummary } from "./scan-messages.ts";
import { LISTED_PATHS } from "./scan-messages.ts";

// Enough to make a transaction worthwhile, and few enough to hold and to clone between threads.
const BATCH_ITEMS = 500;

/** Gathers the findings of a scan into batches. */
export interface Batcher {
  /** Adds one item to the current batch, and sends the batch if it is full. */
  add(put: (batch: ScanBatch) => void): void;
  /** Counts a file without reporting it. */
  count(what: "unchanged" | "still_skipped"): void;
  /** Reports a known file as deleted, after all others, since the file may have moved and been found elsewhere. */
  addGone(fileId: string): void;
  addProblem(problem: ScanSummary["problems"][number]): void;
  addIgnored(path: string, reason: string): void;
  /** Sends the last batch and the summary. */
  finish(roots: ScannedRoot[]): void;
}

export function createBatcher(emit: (part: ScanPart) => void): Batcher {
  const problems: ScanSummary["problems"] = [];
  const ignored: ScanSummary["ignored"] = [];
  // A set, since a file of a renamed directory is missing from the directory above and at its own path.
  const gone = new Set<string>();
  let batch = createBatch();
  let items = 0;
  const send = (): void => {
    emit(batch);
    batch = createBatch();
    items = 0;
  };
  const add: Batcher["add"] = (put) => {
    put(batch);
    items += 1;
    if (items === BATCH_ITEMS) send();
  };
  return {
    add,
    count(what) {
      batch[what] += 1;
    },
    addGone: (fileId) => void gone.add(fileId),
    addProblem(problem) {
      if (problems.length < LISTED_PATHS) problems.push(problem);
    },
    addIgnored(path, reason) {
      if (ignored.length < LISTED_PATHS) ignored.push({ path, reason });
    },
    finish(roots) {
      for (const fileId of gone) add((last) => last.gone.push(fileId));
      send();
      emit({ kind: "summary", roots, problems, ignored });
    },
  };
}

function createBatch(): ScanBatch {
  return {
    kind: "batch",
    observed: [],
    skipped: [],
    unreadable: [],
    unsettled: [],
    gone: [],
    unchanged: 0,
    still_skipped: 0,
  };
}
