import type { ScanBatch, ScannedRoot, ScanPart, ScanSummary } from "./scan-messages.ts";
import { LISTED_PATHS } from "./scan-messages.ts";

// Enough for one transaction to pay off, few enough to hold and to clone between threads at once.
const BATCH_ITEMS = 500;

/** Gathers what a scan finds into batches. */
export interface Batcher {
  /** Adds one item to the batch at hand; sends it when it is full. */
  add(put: (batch: ScanBatch) => void): void;
  /** Counts a file of which there is nothing to say. */
  count(what: "unchanged" | "still_skipped"): void;
  /** Says that a known file was deleted. Comes last, when it is known what arrived elsewhere: it may have moved. */
  addGone(fileId: string): void;
  addProblem(problem: ScanSummary["problems"][number]): void;
  addIgnored(path: string, reason: string): void;
  /** Sends what is left, and the summary. */
  finish(roots: ScannedRoot[]): void;
}

export function createBatcher(emit: (part: ScanPart) => void): Batcher {
  const problems: ScanSummary["problems"] = [];
  const ignored: ScanSummary["ignored"] = [];
  // Once each: a file of a renamed directory is missed from the one above, and by its own path.
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
