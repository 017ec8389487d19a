import path from "node:path";
import type { Client } from "../../../daemon/client/client.ts";
import type { Told } from "./sight.ts";

/** What a daemon says of some agents, in their order. @param folder what paths are relative to */
export async function readTold(
  client: Client,
  agentIds: readonly string[],
  folder: string,
): Promise<Told[]> {
  // In this order: what a file is a source of is among what is listed after it.
  const files = await Promise.all(
    agentIds.map((agent_id) => client.files({ agent_id, limit: 500 })),
  );
  const [notes, tasks] = await Promise.all([
    client.entities("note", { limit: 500 }),
    client.entities("task", { limit: 500 }),
  ]);
  const entities = [
    ...notes.items.map(({ title, body, status, created_by }) => {
      return { title: `note ${title}`, body, is_retired: status === "archived", created_by };
    }),
    ...tasks.items.map(({ title, status, created_by }) => {
      return { title: `task ${title}`, body: null, is_retired: status === "cancelled", created_by };
    }),
  ];
  return agentIds.map((id, index) => {
    const known = files[index]?.items.map((file) => {
      const titles = file.entities.map(({ type, title }) => `${type} ${title}`);
      return [path.relative(folder, file.path), { ...file, titles }] as const;
    });
    return {
      files: new Map(known),
      entities: entities.filter(({ created_by }) => created_by === id),
    };
  });
}
