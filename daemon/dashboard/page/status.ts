import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { Status } from "../../protocol/api.ts";
import type { Resource } from "./data.ts";

/** The daemon's status, asked once for the whole page. */
export const StatusContext = createContext<Resource<Status>>({
  value: undefined,
  error: undefined,
  reload() {},
});

export const useStatus = (): Resource<Status> => useContext(StatusContext);

/** An agent's name for people; its id where it is of the config no more. The same function while no name changes. */
export function useAgentName(): (agentId: string) => string {
  const agents = useStatus().value?.agents ?? [];
  const names = JSON.stringify(agents.map(({ id, name }) => [id, name]));
  return useMemo(() => {
    const known = new Map(JSON.parse(names) as [id: string, name: string][]);
    return (agentId) => known.get(agentId) ?? agentId;
  }, [names]);
}

/** The agents to choose from in a filter. */
export function useAgentOptions(): (readonly [value: string, text: string])[] {
  const { value } = useStatus();
  return [["", "all"], ...(value?.agents ?? []).map(({ id, name }) => [id, name] as const)];
}
