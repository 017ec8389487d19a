import { isDeepStrictEqual } from "node:util";
import type { Agent } from "../protocol/agent.ts";
import type { LoadedConfig } from "./load.ts";

/** The agents of `next` whose settings, problems or shared budget differ from `previous`. */
export function listTouched(previous: LoadedConfig, next: LoadedConfig): Agent[] {
  const factsOf = (config: LoadedConfig, { id }: Agent): unknown => [
    config.agents.find((agent) => agent.id === id),
    config.problems.filter(({ agent_id }) => agent_id === id),
    // Files that wait for a budget may continue with a new one.
    config.config.budget,
    // Files that may not be sent may be now, whichever agent has the directory that says so.
    privacyOf(config),
  ];
  return next.agents.filter(
    (agent) => !isDeepStrictEqual(factsOf(previous, agent), factsOf(next, agent)),
  );
}

function privacyOf({ config: { sends, fallback }, agents }: LoadedConfig): unknown {
  const said = agents.flatMap(({ directories }) => directories).filter((one) => one.sends);
  return [sends, fallback, said.map((one) => [one.path, one.sends])];
}

/** Whether two configs are equal, even if their texts differ. */
export function isSameConfig(one: LoadedConfig, other: LoadedConfig): boolean {
  return isDeepStrictEqual(dataOf(one), dataOf(other));
}

function dataOf({ check, resolve, ...data }: LoadedConfig): object {
  return data;
}
