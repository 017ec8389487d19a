import type { Roster } from "../agents/roster.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { Progress } from "../events/progress.ts";
import type { Journal } from "../journal/open.ts";
import type { Pool } from "../queue/pool.ts";
import type { LookQueue } from "../trigger/look-queue.ts";
import type { RunStarter } from "../trigger/start-run.ts";

/** The rooms that the life of a run touches. */
export interface RunContext {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  roster: Pick<Roster, "find" | "isRead">;
  starter: Pick<RunStarter, "abandon" | "resume">;
  pool: Pick<Pool, "interrupt">;
  progress: Pick<Progress, "note" | "end">;
  lookQueue: Pick<LookQueue, "attend">;
}
