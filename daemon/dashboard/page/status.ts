import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { Status } from "../../protocol/api.ts";
import type { Resource } from "./data.ts";
import type { Options } from "./filters.tsx";

/** The daemon's status, asked once for the whole page. */
export const StatusContext = createContext<Resource<Status>>({
  value: undefined,
  error: undefined,
  reload() {},
});

/** The daemon's status, for any component below the page. */
export const useStatus = (): Resource<Status> => useContext(StatusContext);

/** Gives an agent's name, or its id if it left the config. The function changes only when a name does. */
export function useAgentName(): (agentId: string) => string {
  const agents = useStatus().value?.agents ?? [];
  const names = JSON.stringify(agents.map(({ id, name }) => [id, name]));
  return useMemo(() => {
    const known = new Map(JSON.parse(names) as [id: string, name: string][]);
    return (agentId) => known.get(agentId) ?? agentId;
  }, [names]);
}

/** The agents to choose from in a filter. */
export function useAgentOptions(): Options {
  const { value } = useStatus();
  return [["", "all"], ...(value?.agents ?? []).map(({ id, name }) => [id, name] as const)];
}
