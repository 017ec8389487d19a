import { isWithin } from "../core/within.ts";

/** An agent, as far as it matters which directories it reads. */
interface Reader {
  id: string;
  directories: readonly { path: string }[];
}

/** Whether an agent reads a whole directory. */
export function reads({ directories }: Reader, directory: string): boolean {
  return directories.some(({ path }) => isWithin(path, directory));
}

/** A sentence for each agent that reads a directory, or a part of it, too. */
export function describeOverlaps(directory: string, agents: readonly Reader[]): string[] {
  return agents.flatMap((agent) => {
    const part = agent.directories.find(({ path }) => isWithin(directory, path))?.path;
    const shared = reads(agent, directory) ? directory : part;
    return shared === undefined
      ? []
      : [`The agent ${agent.id} reads ${shared} too, so what both find there is recorded twice.`];
  });
}

/** A sentence for each directory of an agent that another one, which is enabled, reads too. */
export function describeShared(
  agentId: string,
  agents: readonly (Reader & { enabled: boolean })[],
): string[] {
  const own = agents.find(({ id }) => id === agentId)?.directories ?? [];
  const others = agents.filter(({ id, enabled }) => enabled && id !== agentId);
  return [...new Set(own.flatMap(({ path }) => describeOverlaps(path, others)))];
}
