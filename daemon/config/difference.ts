import { isDeepStrictEqual } from "node:util";
import type { Agent } from "../protocol/agent.ts";
import type { LoadedConfig } from "./load.ts";

/** The agents of a config of which anything, or what is wrong with them, is other than in the one before. */
export function listTouched(previous: LoadedConfig, next: LoadedConfig): Agent[] {
  const standingOf = (config: LoadedConfig, { id }: Agent): unknown => [
    config.agents.find((agent) => agent.id === id),
    config.problems.filter(({ agent_id }) => agent_id === id),
    // What waits for a budget may go on with another one.
    config.config.budget,
  ];
  return next.agents.filter(
    (agent) => !isDeepStrictEqual(standingOf(previous, agent), standingOf(next, agent)),
  );
}

/** Whether two configs say the same in all, whatever the texts they were read from. */
export function isSameConfig(one: LoadedConfig, other: LoadedConfig): boolean {
  return isDeepStrictEqual(dataOf(one), dataOf(other));
}

function dataOf({ check, resolve, ...data }: LoadedConfig): object {
  return data;
}
