import type { Client } from "../../daemon/client/client.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";

/** What the person who uses the daemon did, and expects to stay. */
export interface User {
  /** The title of each task as the agents gave it, for those that the person renamed. */
  readonly given: ReadonlyMap<string, string>;
  /** The values that the person gave, by task. */
  readonly wanted: ReadonlyMap<string, { title?: string; status?: string; priority?: string }>;
  /** Tasks that the person deleted, with the title that the agents gave. */
  readonly deleted: ReadonlyMap<string, string>;
  /** What no file may say again: the title of a task and the id of a file that said it when it was deleted. */
  readonly banned: readonly { title: string; fileId: string }[];
  /** Titles of tasks that may be deleted: the daemon was killed before its answer. */
  readonly unsure: ReadonlySet<string>;
  /** Whether anything was undone: what undone files say is then left aside. */
  readonly hasUndone: boolean;
  /** Edits or deletes a task. Says what. */
  edit(
    of: { random: Random; life: Pick<Life, "remains"> },
    client: Client,
  ): Promise<string | undefined>;
  /** Undoes a run. Says what. */
  undo(of: { random: Random }, client: Client): Promise<string | undefined>;
}

export function createUser(): User {
  const given = new Map<string, string>();
  const wanted = new Map<string, { title?: string; status?: string; priority?: string }>();
  const deleted = new Map<string, string>();
  const banned: { title: string; fileId: string }[] = [];
  const unsure = new Set<string>();
  let edits = 0;
  let hasUndone = false;
  return {
    given,
    wanted,
    deleted,
    banned,
    unsure,
    get hasUndone() {
      return hasUndone;
    },
    async edit({ random, life }, client) {
      const { items } = await client.entities("task", { limit: 100 });
      const task = items[random.int(items.length)];
      if (task === undefined) return undefined;
      const title = given.get(task.id) ?? task.title;
      const isLost = (): boolean => life.remains !== undefined;
      const want = (fields: { title?: string; status?: string; priority?: string }): void => {
        if (isLost()) wanted.delete(task.id);
        else wanted.set(task.id, { ...wanted.get(task.id), ...fields });
      };
      switch (random.int(4)) {
        case 0:
          edits += 1;
          await client.editEntity("task", task.id, { title: `Mine ${edits}` });
          given.set(task.id, title);
          want({ title: `Mine ${edits}` });
          return `the user renames "${title}"`;
        case 1:
          await client.editEntity("task", task.id, { status: "done" });
          want({ status: "done" });
          return `the user completes "${title}"`;
        case 2: {
          const priority = task.priority === "normal" ? "low" : "normal";
          await client.editEntity("task", task.id, { priority });
          want({ priority });
          return `the user sets the priority of "${title}"`;
        }
        default:
          await client.deleteEntity("task", task.id);
          wanted.delete(task.id);
          if (isLost()) unsure.add(title);
          else {
            deleted.set(task.id, title);
            banned.push(...task.sources.map(({ file_id: fileId }) => ({ title, fileId })));
          }
          return `the user deletes "${title}"`;
      }
    },
    async undo({ random }, client) {
      const { items } = await client.runs({ limit: 20 });
      const run = items[random.int(items.length)];
      if (run === undefined) return undefined;
      hasUndone = true;
      await client.undoRun(run.run_id);
      return `undo of run ${items.indexOf(run)}`;
    },
  };
}
