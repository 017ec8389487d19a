import type { Agent } from "../protocol/agent.ts";
import type { Trigger } from "../protocol/run.ts";
import type { RunRequest } from "./run-request.ts";
import type { RunStarter } from "./start-run.ts";

/** Why an agent is to look at its directories. */
export type Reason =
  /** At all of them. A cron tick makes a run in any case, the others only if something is to do. */
  | { trigger: Exclude<Trigger, "manual" | "retry">; paths: null }
  /** At the files directly in these directories, which may have changed. */
  | { trigger: "watch"; paths: readonly string[] }
  /** At these files, which were put off and are due. */
  | { trigger: "retry"; paths: readonly string[] };

export interface LookQueue {
  /** Lets an agent look as soon as it can; reasons that come meanwhile are seen to together. */
  want(agentId: string, reason: Reason): void;
  /** To be called when what kept an agent from looking may have ended: a run, a pause. */
  attend(agentId: string): void;
}

export type ReadyAgent = Pick<RunRequest, "agent" | "recipe" | "base_recipe" | "asks_above">;

interface Waiting {
  whole: Exclude<Trigger, "manual" | "retry"> | null;
  changed: Set<string>;
  due: Set<string>;
}

// Which of two reasons for a look at everything names the run.
const STRENGTH: readonly Waiting["whole"][] = [null, "watch", "startup", "cron"];

/**
 * Sees to it that every reason for a look leads to one, and that an agent has one at a time: what comes
 * while a run goes on forms the next. What a look was asked for is kept until that look has ended.
 */
export function createLookQueue(options: {
  starter: Pick<RunStarter, "start" | "startIfNeeded">;
  /** The agent as it is now; undefined while it must not look: not configured, disabled, busy. */
  ready(agentId: string): ReadyAgent | undefined;
  /** No look could be begun: the journal is out of reach. The reason for it is kept. */
  onFault(agentId: string, thrown: unknown): void;
}): LookQueue {
  const agents = new Map<string, Waiting>();
  const looking = new Set<string>();

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

  /** The next reason to see to. A look at everything sees to all changes, but may leave out where due files are. */
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

  async function look(agentId: string): Promise<void> {
    while (!looking.has(agentId)) {
      const ready = options.ready(agentId);
      const reason = ready && take(agentId);
      if (ready === undefined || reason === undefined) return;
      const { trigger } = reason;
      const shallow = trigger === "watch" && reason.paths !== null;
      const isTick = trigger === "cron";
      const paths = reason.paths ?? (isTick ? null : watchedOf(ready.agent));
      const request = {
        ...ready,
        trigger,
        paths,
        shallow,
        by_hand: false,
        force: false,
        dry_run: false,
      };
      let isSeenTo = false;
      looking.add(agentId);
      try {
        if (isTick) options.starter.start(request);
        isSeenTo = isTick || (await options.starter.startIfNeeded(request));
      } finally {
        looking.delete(agentId);
        if (!isSeenTo) add(agentId, reason);
      }
      if (isTick || !isSeenTo) return;
    }
  }

  function attend(agentId: string): void {
    look(agentId).catch((thrown: unknown) => options.onFault(agentId, thrown));
  }

  return {
    want(agentId, reason) {
      add(agentId, reason);
      attend(agentId);
    },
    attend,
  };
}

/** A directory that is not watched is read by hand and by schedule only. null: all are watched. */
function watchedOf(agent: Agent): string[] | null {
  const watched = agent.directories.filter(({ watch }) => watch !== false);
  return watched.length === agent.directories.length ? null : watched.map(({ path }) => path);
}
