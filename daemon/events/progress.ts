import { type Clock, toInstant } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import { appendEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import { toFileCounts } from "../journal/run-views.ts";
import { findRunRow } from "../journal/runs.ts";

/** Tells how runs go on. */
export interface Progress {
  /** Says that the counts of a run may have changed. */
  note(runId: string): void;
  /** Forgets a run that has ended. */
  end(runId: string): void;
  close(): void;
}

const EVERY_MS = 1_000;

interface Told {
  /** By the clock's `elapsed`. */
  at: number;
  counts: string;
  isWaiting: boolean;
}

/** Writes `run.progress` when a run's counts have changed: at once, but no more than once a second. */
export function startProgress(options: {
  journal: Journal;
  clock: Clock;
  logger: Logger;
}): Progress {
  const { journal, clock, logger } = options;
  const runs = new Map<string, Told>();
  const closing = new AbortController();

  function tell(runId: string, told: Told): void {
    try {
      journal.transaction(() => {
        const run = findRunRow(journal, runId);
        if (run === undefined || run.status !== "running") return;
        const { run_id, agent_id } = run;
        const files = toFileCounts(run);
        const counts = JSON.stringify(files);
        if (counts === told.counts) return;
        const event = { type: "run.progress", run_id, agent_id, files } as const;
        appendEvent(journal, event, toInstant(clock.now()));
        told.at = clock.elapsed();
        told.counts = counts;
      });
    } catch (error) {
      // The counts stand in the run; the next progress tells them.
      logger.warn({ run_id: runId, err: error }, "The progress of a run could not be written");
    }
  }

  return {
    note(runId) {
      const told = runs.get(runId) ?? { at: -Infinity, counts: "", isWaiting: false };
      runs.set(runId, told);
      if (told.isWaiting) return;
      const restMs = told.at + EVERY_MS - clock.elapsed();
      if (restMs <= 0) {
        tell(runId, told);
        return;
      }
      told.isWaiting = true;
      clock.sleep(restMs, closing.signal).then(
        () => {
          told.isWaiting = false;
          if (runs.get(runId) === told) tell(runId, told);
        },
        () => {
          // Closing: the run goes on at the next start.
        },
      );
    },
    end: (runId) => void runs.delete(runId),
    close: () => closing.abort(),
  };
}
