import type { Client } from "../../../daemon/client/client.ts";

/** What a person does with tasks over the API, and expects to stay. */
export interface UserCalls {
  /** Gives a task another priority; says what, or undefined where there is none. */
  edit(client: Client, of: number): Promise<string | undefined>;
  add(client: Client): Promise<string>;
  /** What the user did and is not so. */
  compare(client: Client): Promise<string[]>;
}

export function createUserCalls(): UserCalls {
  // By task id.
  const wanted = new Map<string, "low" | "high">();
  return {
    async edit(client, of) {
      const { items } = await client.entities("task", { limit: 100 });
      const task = items[of % items.length];
      if (task === undefined) return undefined;
      const priority = task.priority === "high" ? "low" : "high";
      await client.editEntity("task", task.id, { priority });
      wanted.set(task.id, priority);
      return `give ${task.title} the priority ${priority}`;
    },
    async add(client) {
      const title = `Mine ${wanted.size}`;
      const { id } = await client.createEntity("task", { title, priority: "high" });
      wanted.set(id, "high");
      return `add the task ${title}`;
    },
    async compare(client) {
      const { items } = await client.entities("task", { limit: 500 });
      const priorities = new Map(items.map(({ id, priority }) => [id, priority]));
      return [...wanted].flatMap(([id, priority]) => {
        const now = priorities.get(id);
        return now === priority
          ? []
          : [`the priority of ${id} is ${now}, and the user gave ${priority}`];
      });
    },
  };
}
