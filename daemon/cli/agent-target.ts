import type { Client } from "../client/client.ts";

/**
 * The id of the agent that a person means: by its id, or by its id or name in any case. What no agent matches, or
 * several do, is given back as it is, and the daemon's error says what is near.
 */
export async function findAgentId(client: Client, wanted: string): Promise<string> {
  const agents = await client.agents();
  if (agents.some(({ id }) => id === wanted)) return wanted;
  const plain = (text: string): string => text.trim().toLowerCase();
  const matching = agents.filter(({ id, name }) =>
    [id, name].some((text) => plain(text) === plain(wanted)),
  );
  const [agent, other] = matching;
  return agent !== undefined && other === undefined ? agent.id : wanted;
}
