import type { Roster } from "../agents/roster.ts";
import type { Control } from "../api/control.ts";
import type { PauseAnswer } from "../protocol/api.ts";
import type { StateWatch } from "../events/state-watch.ts";
import type { Pauses } from "../queue/pauses.ts";
import type { Pool } from "../queue/pool.ts";

export interface PausingOptions {
  roster: Roster;
  pauses: Pauses;
  pool: Pick<Pool, "wake" | "hold">;
  state: Pick<StateWatch, "look">;
}

/** Pauses one agent or all of them, and resumes. */
export function createPausing({
  roster,
  pauses,
  pool,
  state,
}: PausingOptions): Pick<Control, "pause" | "resume"> {
  function describe(agentId: string | undefined): PauseAnswer {
    const pause = agentId === undefined ? pauses.all() : pauses.of(agentId);
    return { paused: pause !== undefined, paused_until: pause?.until ?? null };
  }

  return {
    pause({ agent_id, minutes }) {
      if (agent_id !== undefined) roster.get(agent_id);
      pauses.pause(agent_id ?? null, minutes ?? null);
      state.look();
      pool.hold((id) => pauses.of(id) !== undefined);
      return describe(agent_id);
    },
    resume({ agent_id }) {
      if (agent_id !== undefined) roster.get(agent_id);
      pauses.resume(agent_id ?? null);
      state.look();
      pool.wake();
      return describe(agent_id);
    },
  };
}
