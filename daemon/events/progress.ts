import { type Clock, toInstant } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import { appendEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import { toFileCounts } from "../journal/run-views.ts";
import { findRunRow } from "../journal/runs.ts";

/** Reports the progress of runs. */
export interface Progress {
  /** Call it when the counts of a run may have changed. */
  note(runId: string): void;
  /** Forgets a run that has ended. */
  end(runId: string): void;
  close(): void;
}

const EVERY_MS = 1_000;

interface Reported {
  /** When: milliseconds of the clock's `elapsed`. */
  at: number;
  counts: string;
  isWaiting: boolean;
}

/** Writes `run.progress` when the counts of a run have changed: at once, but at most once a second. */
export function startProgress(options: {
  journal: Journal;
  clock: Clock;
  logger: Logger;
}): Progress {
  const { journal, clock, logger } = options;
  const runs = new Map<string, Reported>();
  const closing = new AbortController();

  function report(runId: string, reported: Reported): void {
    try {
      journal.transaction(() => {
        const run = findRunRow(journal, runId);
        if (run === undefined || run.status !== "running") return;
        const { run_id, agent_id } = run;
        const files = toFileCounts(run);
        const counts = JSON.stringify(files);
        if (counts === reported.counts) return;
        const event = { type: "run.progress", run_id, agent_id, files } as const;
        appendEvent(journal, event, toInstant(clock.now()));
        reported.at = clock.elapsed();
        reported.counts = counts;
      });
    } catch (error) {
      // The row of the run keeps the counts; the next report has them.
      logger.warn({ run_id: runId, err: error }, "The progress of a run could not be written");
    }
  }

  return {
    note(runId) {
      const reported = runs.get(runId) ?? { at: -Infinity, counts: "", isWaiting: false };
      runs.set(runId, reported);
      if (reported.isWaiting) return;
      const restMs = reported.at + EVERY_MS - clock.elapsed();
      if (restMs <= 0) {
        report(runId, reported);
        return;
      }
      reported.isWaiting = true;
      clock.sleep(restMs, closing.signal).then(
        () => {
          reported.isWaiting = false;
          if (runs.get(runId) === reported) report(runId, reported);
        },
        () => {
          // Closing: the run continues at the next start.
        },
      );
    },
    end: (runId) => void runs.delete(runId),
    close: () => closing.abort(),
  };
}
