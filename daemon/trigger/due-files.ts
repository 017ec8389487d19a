import type { Clock } from "../core/clock.ts";
import { toInstant } from "../core/clock.ts";
import { listDueFiles, makeDue } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import type { LookQueue } from "./look-queue.ts";

/** Files that were put off and are due, by the journal. */
export interface DueFiles {
  /** Asks for a look at those for which none was asked a moment ago. Call it every second. */
  want(): void;
  /** After the clock was set back: makes all that was put off due, since it would wait that much longer. */
  makeAllDue(): void;
}

// A due file that a look did not settle is not looked for again before this.
const PAUSE_MS = 30_000;
// Reading 100,000 of them takes a third of a second. They stay due until a look has come to each.
const MANY = 1_000;

export function createDueFiles({
  journal,
  clock,
  lookQueue,
}: {
  journal: Journal;
  clock: Pick<Clock, "now">;
  lookQueue: Pick<LookQueue, "want">;
}): DueFiles {
  /** When a look was asked for, by agent and path; without what is long ago. */
  const wantedAt = new Map<string, number>();
  /** When so many were due that they are not read again before a pause. */
  let manyAt = -Infinity;

  return {
    want() {
      const now = clock.now();
      if (now - manyAt < PAUSE_MS) return;
      for (const [key, at] of wantedAt) if (now - at >= PAUSE_MS) wantedAt.delete(key);
      const due = listDueFiles(journal, toInstant(now));
      if (due.length > MANY) manyAt = now;
      const unasked = due.filter(({ agent_id, path }) => {
        const key = `${agent_id}\0${path}`;
        if (wantedAt.has(key)) return false;
        wantedAt.set(key, now);
        return true;
      });
      for (const [agentId, files] of Map.groupBy(unasked, ({ agent_id }) => agent_id)) {
        lookQueue.want(agentId, { trigger: "retry", paths: files.map(({ path }) => path) });
      }
    },
    makeAllDue() {
      journal.transaction(() => makeDue(journal, undefined, toInstant(clock.now())));
      wantedAt.clear();
      manyAt = -Infinity;
    },
  };
}
