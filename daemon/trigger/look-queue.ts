import type { Agent } from "../protocol/agent.ts";
import { createLookReasons, type Reason } from "./look-reasons.ts";
import type { RunRequest } from "./run-request.ts";
import type { RunStarter } from "./start-run.ts";

export interface LookQueue {
  /** Lets an agent look as soon as it can. Reasons that arrive meanwhile share one look. */
  want(agentId: string, reason: Reason): void;
  /** Call it when an agent may be free to look again: its run or its pause ended. */
  attend(agentId: string): void;
}

export type ReadyAgent = Pick<RunRequest, "agent" | "recipe" | "base_recipe" | "asks_above">;

/**
 * Makes sure that every reason leads to a look, and that an agent has one look at a time: reasons that
 * arrive during a run form the next look. A reason is kept until its look has ended.
 */
export function createLookQueue(options: {
  starter: Pick<RunStarter, "start" | "startIfNeeded">;
  /** The agent as it is now; undefined while it must not look: not configured, disabled, busy. */
  ready(agentId: string): ReadyAgent | undefined;
  /** No look could begin, because the journal cannot be read. The reason is kept. */
  onFault(agentId: string, thrown: unknown): void;
}): LookQueue {
  const reasons = createLookReasons();
  const looking = new Set<string>();

  async function look(agentId: string): Promise<void> {
    while (!looking.has(agentId)) {
      const ready = options.ready(agentId);
      const reason = ready && reasons.take(agentId);
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
        if (!isSeenTo) reasons.add(agentId, reason);
      }
      if (isTick || !isSeenTo) return;
    }
  }

  function attend(agentId: string): void {
    look(agentId).catch((thrown: unknown) => options.onFault(agentId, thrown));
  }

  return {
    want(agentId, reason) {
      reasons.add(agentId, reason);
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
