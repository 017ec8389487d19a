import { isDeepStrictEqual } from "node:util";
import type { Agent } from "../protocol/agent.ts";
import type { LoadedConfig } from "./load.ts";
import { adHocId, recipeOf } from "./recipe.ts";
import type { RecipeVersions } from "./recipe.ts";

/** What becomes of the agents when one config takes the place of another. */
export interface ConfigDifference {
  added: Agent[];
  removed: Agent[];
  /** As they are now; anything about them, or what is wrong with them, may differ but their id. */
  changed: Agent[];
  /** The same agent under another id; anything else about it may differ too, but recipe and directories. */
  renamed: { from: Agent; to: Agent }[];
}

/**
 * What differs between two configs, each list in the order of the config its agents stand in. Of several
 * agents that read the same directories by the same recipe, the first is renamed to the first.
 */
export function compareConfigs(
  previous: LoadedConfig,
  next: LoadedConfig,
  versions: RecipeVersions,
): ConfigDifference {
  const before = new Set(previous.agents.map(({ id }) => id));
  const after = new Set(next.agents.map(({ id }) => id));
  const workOf = (agent: Agent): string =>
    adHocId(
      agent.directories.map(({ path }) => path),
      recipeOf(agent, versions),
    );

  const standingOf = (config: LoadedConfig, { id }: Agent): unknown => [
    config.agents.find((agent) => agent.id === id),
    config.problems.filter(({ agent_id }) => agent_id === id),
    // What waits for a budget may go on with another one.
    config.config.budget,
  ];

  const removed = new Set(previous.agents.filter(({ id }) => !after.has(id)));
  const difference: ConfigDifference = {
    added: [],
    removed: [],
    changed: [],
    renamed: [],
  };
  for (const agent of next.agents) {
    if (before.has(agent.id)) {
      const isSame = isDeepStrictEqual(standingOf(previous, agent), standingOf(next, agent));
      if (!isSame) difference.changed.push(agent);
      continue;
    }
    const work = workOf(agent);
    const from = [...removed].find((candidate) => workOf(candidate) === work);
    if (from === undefined) difference.added.push(agent);
    else {
      removed.delete(from);
      difference.renamed.push({ from, to: agent });
    }
  }
  difference.removed = [...removed];
  return difference;
}

/** Whether two configs say the same in all, whatever the texts they were read from. */
export function isSameConfig(one: LoadedConfig, other: LoadedConfig): boolean {
  return isDeepStrictEqual(dataOf(one), dataOf(other));
}

function dataOf({ check, resolve, ...data }: LoadedConfig): object {
  return data;
}
