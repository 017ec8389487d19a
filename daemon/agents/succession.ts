import type { LoadedConfig } from "../config/load.ts";
import { adHocId, baseRecipeOf } from "./recipe.ts";
import { type KnownAgent, listAgents, renameAgent } from "../journal/agents.ts";
import { leaveDirectories, leaveWaiting } from "../journal/directories.ts";
import type { Journal } from "../journal/open.ts";
import { type Agent, agentSchema } from "../protocol/agent.ts";

/**
 * Brings the journal to the agents of a config that is about to come into force: what is known under
 * another id becomes that of the agent which was renamed, and files that no agent has any more are not
 * watched. Goes by the journal and not by the config before, for that may have been edited while no
 * daemon ran. No run of an agent that is no more may be running.
 */
export function succeed(
  journal: Journal,
  config: LoadedConfig,
  onRenamed: (from: string, to: string) => void,
  now: string,
): void {
  journal.transaction(() => {
    const known = listAgents(journal);
    const departed = known
      .filter(({ agent_id }) => config.agents.every(({ id }) => id !== agent_id))
      .toSorted((a, b) => b.is_watched - a.is_watched);
    for (const agent of config.agents) {
      const from = findPredecessor(agent, known, departed, config);
      if (from === undefined) continue;
      departed.splice(departed.indexOf(from), 1);
      renameAgent(journal, from.agent_id, agent.id, now);
      onRenamed(from.agent_id, agent.id);
    }
    for (const { agent_id } of departed) leave(journal, agent_id, []);
    for (const agent of config.agents) leave(journal, agent.id, pathsOf(agent));
  });
}

function leave(journal: Journal, agentId: string, paths: readonly string[]): void {
  leaveDirectories(journal, agentId, paths);
  leaveWaiting(journal, agentId, paths);
}

/** The agent that does the same work and is not in the config any more. */
function findPredecessor(
  agent: Agent,
  known: readonly KnownAgent[],
  departed: readonly KnownAgent[],
  config: LoadedConfig,
): KnownAgent | undefined {
  const own = known.find(({ agent_id }) => agent_id === agent.id);
  if (own?.is_watched === 1) return undefined;
  const work = adHocId(pathsOf(agent), baseRecipeOf(agent));
  return departed.find((other) => {
    // What an agent left that is back is its own, unless another went on with it until now.
    if (own !== undefined && other.is_watched === 0) return false;
    const written = agentSchema.safeParse(JSON.parse(other.config)).data;
    return written && adHocId(pathsOf(config.resolve(written).agent), other.base_recipe) === work;
  });
}

function pathsOf({ directories }: Agent): string[] {
  return directories.map(({ path }) => path);
}
