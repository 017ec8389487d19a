import { setTimeout as wait } from "node:timers/promises";
import { type Backlog, sayRest } from "../core/backlog.ts";
import type { Run } from "../protocol/run.ts";
import { formatCount, formatDuration } from "./format.ts";
import type { Output } from "./output.ts";

const POLL_MS = 200;
// Without a terminal, an occasional line shows progress.
const NOTE_MS = 5_000;
// The time left changes with each file, and takes the daemon longer to find.
const BACKLOG_MS = 2_000;
const BAR_WIDTH = 24;

/** What is asked of the daemon about the run that is followed. */
export interface Followed {
  /** Called five times a second. */
  readRun(): Promise<Run>;
  /** Called every two seconds. */
  readBacklog(): Promise<Backlog | null>;
}

/** Shows the progress of a run until it ends or waits for consent, and returns it. */
export async function followRun(
  { readRun, readBacklog }: Followed,
  output: Output,
  signal: AbortSignal,
): Promise<Run> {
  const start = performance.now();
  let notedAt = start;
  let askedAt = -Infinity;
  let backlog: Backlog | null = null;
  try {
    for (;;) {
      const run = await readRun();
      if (run.status !== "running" || run.awaits_confirmation) return run;
      const now = performance.now();
      if (now - askedAt >= BACKLOG_MS) {
        backlog = await readBacklog();
        askedAt = now;
      }
      if (output.canRedraw) {
        output.redraw(formatProgress(run, now - start, backlog));
      } else if (now - notedAt >= NOTE_MS) {
        output.note(formatProgress(run, now - start, backlog));
        notedAt = now;
      }
      await wait(POLL_MS, undefined, { signal });
    }
  } finally {
    output.redraw(null);
  }
}

/** One line: how much of a run is done, what it wrote so far, and how long the rest takes. */
export function formatProgress(run: Run, elapsedMs: number, backlog: Backlog | null): string {
  const { files, entities } = run;
  const elapsed = formatDuration(elapsedMs);
  if (files.found === 0) return `looking for files · ${elapsed}`;
  const settled = files.found - files.pending;
  const filled = Math.floor((settled / files.found) * BAR_WIDTH);
  return [
    `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)} ${settled}/${formatCount(files.found, "file")}`,
    ...(files.failed > 0 ? [`${files.failed} failed`] : []),
    `${entities.created} created`,
    `${entities.updated} updated`,
    elapsed,
    ...(backlog === null ? [] : [sayRest(backlog)]),
  ].join(" · ");
}
