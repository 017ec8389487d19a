import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Status } from "../../protocol/api.ts";
import type { Resource } from "./data.ts";

/** The daemon's status, asked once for the whole page. */
export const StatusContext = createContext<Resource<Status>>({
  value: undefined,
  error: undefined,
  reload() {},
});

export const useStatus = (): Resource<Status> => useContext(StatusContext);

/** An agent's name for people; its id where it is of the config no more. */
export function useAgentName(): (agentId: string) => string {
  const { value } = useStatus();
  return (agentId) => value?.agents.find(({ id }) => id === agentId)?.name ?? agentId;
}

/** The agents to choose from in a filter. */
export function useAgentOptions(): (readonly [value: string, text: string])[] {
  const { value } = useStatus();
  return [["", "all"], ...(value?.agents ?? []).map(({ id, name }) => [id, name] as const)];
}
