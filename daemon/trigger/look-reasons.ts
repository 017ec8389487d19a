import type { Trigger } from "../protocol/run.ts";

/** Why an agent is to look at its directories. */
export type Reason =
  /** At all of them. A cron tick makes a run in any case, the others only if something is to do. */
  | { trigger: Exclude<Trigger, "manual" | "retry">; paths: null }
  /** At the files directly in these directories, which may have changed. */
  | { trigger: "watch"; paths: readonly string[] }
  /** At these files, which were put off and are due. */
  | { trigger: "retry"; paths: readonly string[] };

/** The reasons that wait, put together for each agent. */
export interface LookReasons {
  add(agentId: string, reason: Reason): void;
  /** Removes the next reason to act on; undefined: there is no reason left. */
  take(agentId: string): Reason | undefined;
}

interface Waiting {
  whole: Exclude<Trigger, "manual" | "retry"> | null;
  changed: Set<string>;
  due: Set<string>;
}

// Which of two reasons for a look at everything names the run.
const STRENGTH: readonly Waiting["whole"][] = [null, "watch", "startup", "cron"];

export function createLookReasons(): LookReasons {
  const agents = new Map<string, Waiting>();

  function add(agentId: string, reason: Reason): void {
    const waiting = agents.get(agentId) ?? { whole: null, changed: new Set(), due: new Set() };
    agents.set(agentId, waiting);
    if (reason.paths === null) {
      const isStronger = STRENGTH.indexOf(reason.trigger) > STRENGTH.indexOf(waiting.whole);
      if (isStronger) waiting.whole = reason.trigger;
    } else {
      const paths = reason.trigger === "watch" ? waiting.changed : waiting.due;
      for (const path of reason.paths) paths.add(path);
    }
  }

  // A look at everything finds all changes, but may leave out the place of a due file.
  function take(agentId: string): Reason | undefined {
    const waiting = agents.get(agentId);
    if (waiting === undefined) return undefined;
    const { whole, changed, due } = waiting;
    if (whole !== null) {
      waiting.whole = null;
      changed.clear();
      return { trigger: whole, paths: null };
    }
    if (changed.size + due.size === 0) {
      agents.delete(agentId);
      return undefined;
    }
    const isChange = changed.size > 0;
    const paths = [...(isChange ? changed : due)];
    (isChange ? changed : due).clear();
    return { trigger: isChange ? "watch" : "retry", paths };
  }

  return { add, take };
}
