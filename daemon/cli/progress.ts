import { setTimeout as wait } from "node:timers/promises";
import type { Run } from "../protocol/run.ts";
import { formatCount, formatDuration } from "./format.ts";
import type { Output } from "./output.ts";

const POLL_MS = 200;
// Without a terminal, an occasional line shows progress.
const NOTE_MS = 5_000;
const BAR_WIDTH = 24;

/**
 * Shows the progress of a run until it ends or waits for consent, and returns it.
 *
 * @param readRun called five times a second
 */
export async function followRun(
  readRun: () => Promise<Run>,
  output: Output,
  signal: AbortSignal,
): Promise<Run> {
  const start = performance.now();
  let notedAt = start;
  try {
    for (;;) {
      const run = await readRun();
      if (run.status !== "running" || run.awaits_confirmation) return run;
      const now = performance.now();
      if (output.canRedraw) {
        output.redraw(formatProgress(run, now - start));
      } else if (now - notedAt >= NOTE_MS) {
        output.note(formatProgress(run, now - start));
        notedAt = now;
      }
      await wait(POLL_MS, undefined, { signal });
    }
  } finally {
    output.redraw(null);
  }
}

/** One line: how much of a run is done, and what it wrote so far. */
export function formatProgress(run: Run, elapsedMs: number): string {
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
  ].join(" · ");
}
