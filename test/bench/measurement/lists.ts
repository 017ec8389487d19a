import type { Client } from "../../../daemon/client/client.ts";
import { testHome } from "../../helper/program.ts";
import { type Figure, type MeasureOptions, median, timeOf } from "../figure.ts";
import { FULL, startFull, wordAt } from "../full-journal.ts";

/* Every list, and search and usage, over HTTP from a journal that has been in use for years. */

const ROUNDS = 7;
const GOAL_MS = 100;

type Page = { next_cursor: string | null };

export async function measure({ say }: MeasureOptions): Promise<Figure[]> {
  await using home = testHome();
  const { root, program, client } = await startFull(home, say);

  const figures: Figure[] = [];
  for (const [what, pages] of Object.entries(await listPages(client, root))) {
    say(what);
    let worst = { name: "", ms: 0 };
    for (const [name, read] of Object.entries(pages)) {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) times.push(await timeOf(read));
      const ms = median(times);
      say(`  ${name}: ${ms.toFixed(1)} ms`);
      if (ms > worst.ms) worst = { name, ms };
    }
    figures.push({
      what: `${what}, the slowest: ${worst.name}`,
      ours: worst.ms,
      unit: "ms",
      anchor: null,
      goal: { most: GOAL_MS, of: "ours" },
    });
  }
  await program.end("SIGTERM");
  return figures;
}

async function listPages(
  client: Client,
  root: string,
): Promise<Record<string, Record<string, () => Promise<unknown>>>> {
  const status = await client.status();
  if (status.queue.failed === 0) throw new Error("The journal was not taken as it is.");
  const files = await middle(FULL.files, (cursor) => client.files({ limit: 500, cursor }));
  const failed = await middle(FULL.files / 20, (cursor) =>
    client.files({ limit: 500, cursor, state: "failed" }),
  );
  const runs = await middle(FULL.runs, (cursor) => client.runs({ limit: 500, cursor }));
  const tasks = await middle(FULL.tasks, (cursor) =>
    client.entities("task", { limit: 500, cursor }),
  );
  const notes = await middle(FULL.notes, (cursor) =>
    client.entities("note", { limit: 500, cursor }),
  );
  const place = `${root}/directory 777`;
  const [common, next, rare] = [wordAt(0), wordAt(1), wordAt(30_000)];
  return {
    files: {
      first: () => client.files(),
      "first 500": () => client.files({ limit: 500 }),
      middle: () => client.files({ cursor: files }),
      "of an agent": () => client.files({ agent_id: "bench" }),
      "of an agent, middle": () => client.files({ agent_id: "bench", cursor: files }),
      "of no agent": () => client.files({ agent_id: "none" }),
      "in a state": () => client.files({ state: "failed" }),
      "in a state, middle": () => client.files({ state: "failed", cursor: failed }),
      "in a state, of an agent": () => client.files({ state: "pending", agent_id: "bench" }),
      "in a state that none has": () => client.files({ state: "working" }),
      "in a state, of no agent": () => client.files({ state: "done", agent_id: "none" }),
      "below a directory": () => client.files({ path: place }),
      "below a directory, in a state": () => client.files({ path: place, state: "failed" }),
      "below all, in a state": () => client.files({ path: root, state: "failed", limit: 500 }),
      "below a directory, in the commonest state": () =>
        client.files({ path: place, state: "done" }),
    },
    runs: {
      first: () => client.runs(),
      "first 500": () => client.runs({ limit: 500 }),
      middle: () => client.runs({ cursor: runs }),
      "of an agent": () => client.runs({ agent_id: "bench" }),
      "of no agent": () => client.runs({ agent_id: "none" }),
      "with a status": () => client.runs({ status: "partial" }),
      "with a status that none has": () => client.runs({ status: "error" }),
    },
    tasks: {
      first: () => client.entities("task"),
      "first 500": () => client.entities("task", { limit: 500 }),
      middle: () => client.entities("task", { cursor: tasks }),
      "with a status": () => client.entities("task", { status: "open" }),
      "with a status that none has": () => client.entities("task", { status: "cancelled" }),
      "of a project": () => client.entities("task", { project_id: "project_7" }),
      "of a file": () => client.entities("task", { file_id: "file_700" }),
      projects: () => client.entities("project", { limit: 500 }),
    },
    notes: {
      first: () => client.entities("note"),
      middle: () => client.entities("note", { cursor: notes }),
      "with a status": () => client.entities("note", { status: "archived" }),
      "of a project": () => client.entities("note", { project_id: "project_7" }),
    },
    search: {
      "the commonest word": () => client.search({ q: common }),
      "the two commonest words": () => client.search({ q: `${common} ${next}` }),
      "a common beginning": () => client.search({ q: common.slice(0, 3) }),
      "two common beginnings": () =>
        client.search({ q: `${common.slice(0, 3)} ${next.slice(0, 3)}` }),
      "one letter": () => client.search({ q: "e" }),
      "a rare word": () => client.search({ q: rare }),
      "no word of it": () => client.search({ q: "qqqq" }),
      "a script without spaces": () => client.search({ q: "会議" }),
      "only files": () => client.search({ q: common, type: "file" }),
      "only tasks": () => client.search({ q: common, type: "task" }),
      "500 at once": () => client.search({ q: common, limit: 500 }),
    },
    usage: {
      "by day": () => client.usage(),
      "by model": () => client.usage({ by: "model" }),
      "by agent, one month": () =>
        client.usage({ by: "agent", from: "2026-03-01", to: "2026-03-31" }),
    },
    status: { all: () => client.status() },
  };
}

/** The cursor of the page in the middle of a list. */
async function middle(count: number, read: (cursor?: string) => Promise<Page>): Promise<string> {
  let cursor: string | undefined;
  for (let seen = 0; seen < count / 2; seen += 500) {
    cursor = (await read(cursor)).next_cursor ?? cursor;
  }
  if (cursor === undefined) throw new Error("A list has no second page.");
  return cursor;
}
