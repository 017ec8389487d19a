import { createHash } from "node:crypto";
import path from "node:path";
import Database from "better-sqlite3";
import { toLocalDay } from "../../daemon/core/clock.ts";
import type { Client } from "../../daemon/client/client.ts";
import type { Task } from "../../daemon/protocol/entity.ts";
import type { File } from "../../daemon/protocol/file.ts";
import { POISON, type Sent, TASK_LINE } from "./endpoint.ts";
import type { World } from "./world.ts";

/*
 * Compares what the daemon says, once all faults are over, with the promises. A promise that is broken is a sentence.
 */

/** What the daemon says that is not so. */
export async function findViolations(world: World): Promise<string[]> {
  const { client } = world.life;
  const files = await all((cursor) => client.files({ limit: 500, ...cursor }));
  const tasks = await all((cursor) => client.entities("task", { limit: 500, ...cursor }));
  return [
    ...findLost(world, files),
    ...(await findUnverified(client)),
    ...findDoubled(world, files, tasks),
    ...findForgottenEdits(world, tasks),
    ...(await findOpenRuns(client)),
    ...(await findUnexplained(client, tasks)),
  ];
}

/** What the requests and the journal itself show. Call it when the daemon has ended. */
export function checkAll(world: World): string[] {
  return [
    ...findTouched(world),
    ...findUnasked(world),
    ...findRepeated(world),
    ...findAboveBudget(world),
    ...checkJournal(world),
  ];
}

/** Never touches the user's files. */
function findTouched({ files, root }: World): string[] {
  return files.findTouched().map((file) => `${path.relative(root, file)} was touched.`);
}

/** Nothing leaves the machine unasked: the other agent has no model. */
function findUnasked({ endpoint, files }: World): string[] {
  return endpoint.sent
    .filter(({ text }) => !files.hadText("in", text))
    .map(({ text }) => `"${text.split("\n")[0]}" was sent, and is of no file of that agent.`);
}

/** Never over budget. A day is known where the clock is right. */
function findAboveBudget({ endpoint, clock, requestsPerDay, healedAt }: World): string[] {
  if (clock.wasWrong) return [];
  // What never reached the endpoint costs nothing.
  const bounded = endpoint.sent.filter(({ at, answer }) => at < healedAt && answer !== "silent");
  const days = Map.groupBy(bounded, ({ at }) => toLocalDay(at));
  return [...days].flatMap(([day, { length }]) =>
    length <= requestsPerDay ? [] : [`${length} requests on ${day}, ${requestsPerDay} allowed.`],
  );
}

async function all<T>(
  read: (cursor: { cursor?: string }) => Promise<{ items: T[]; next_cursor: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await read(cursor === undefined ? {} : { cursor });
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Never lost: each file on the disk is done, with the content it has, or failed or skipped for its own reason. */
function findLost(world: World, files: readonly File[]): string[] {
  return [...world.files.read()].flatMap(([file, text]) => {
    const row = files.find((one) => one.path === file && one.state !== "gone");
    const name = path.relative(world.root, file);
    if (row === undefined) return [`${name} is not known.`];
    if (text === "") return row.reason === "empty" ? [] : [`${name} is empty and ${row.state}.`];
    if (row.hash !== hashOf(text)) return [`${name} is known with another content (${row.state}).`];
    const isOfMind = row.agent_id === "mind";
    if (row.state === "done") return [];
    if (row.state === "failed" && isOfMind && isHard(text, world)) return [];
    // Three kills in a row while it was read count against a document.
    if (row.error?.code === "crashed_repeatedly") return [];
    if (row.state === "skipped" && row.reason === "undone" && world.user.hasUndone) return [];
    return [`${name} is ${row.state}: ${row.reason ?? row.error?.code ?? "no reason"}.`];
  });
}

/** Whether a text may fail: no model understands it, or a reply about it was cut off. */
export function isHard(text: string, { endpoint }: World): boolean {
  return (
    text.includes(POISON) || endpoint.sent.some((one) => one.text === text && one.answer === "cut")
  );
}

async function findUnverified(client: Client): Promise<string[]> {
  const { complete, directories } = await client.verify();
  const missing = directories.flatMap(({ unaccounted }) => unaccounted);
  return complete ? [] : [`verify is not complete: ${missing.join(", ")}`];
}

/** Update, not duplicate: each line of a file has one task of that file, or none where the user deleted it. */
function findDoubled(world: World, files: readonly File[], tasks: readonly Task[]): string[] {
  const { user } = world;
  return [...world.files.read()].flatMap(([file, text]) => {
    const row = files.find((one) => one.path === file && one.state === "done");
    if (row === undefined) return [];
    return Array.from(text.matchAll(TASK_LINE), ([, title]) => title ?? "").flatMap((title) => {
      const found = tasks.filter(
        (task) =>
          (user.given.get(task.id) ?? task.title) === title &&
          task.sources.some(({ file_id }) => file_id === row.file_id),
      );
      const name = path.relative(world.root, file);
      if (found.length > 1) return [`${name} has ${found.length} tasks "${title}".`];
      const mayBeGone =
        (row.agent_id === "mind" && isHard(text, world)) ||
        user.hasUndone ||
        user.unsure.has(title) ||
        [...user.deleted.values()].includes(title);
      return found.length === 1 || mayBeGone ? [] : [`${name} has no task "${title}".`];
    });
  });
}

/** What the user did stays. */
function findForgottenEdits({ user }: World, tasks: readonly Task[]): string[] {
  const edited = [...user.wanted].flatMap(([id, wanted]) => {
    const task = tasks.find((one) => one.id === id);
    if (task === undefined) return [`The edited task ${id} is gone.`];
    return (["title", "status", "priority"] as const).flatMap((field) =>
      wanted[field] === undefined || wanted[field] === task[field]
        ? []
        : [`The ${field} of ${id} is "${task[field]}", and the user gave "${wanted[field]}".`],
    );
  });
  const returned = tasks.filter(
    ({ id, title, sources }) =>
      user.deleted.has(id) ||
      user.banned.some(
        (of) =>
          of.title === (user.given.get(id) ?? title) &&
          sources.some(({ file_id }) => file_id === of.fileId),
      ),
  );
  return [...edited, ...returned.map(({ title }) => `The deleted task "${title}" is back.`)];
}

async function findOpenRuns(client: Client): Promise<string[]> {
  const runs = await all((cursor) => client.runs({ limit: 500, ...cursor }));
  return runs.flatMap(({ run_id, status, files: { found, ...rest } }) => {
    const sum = Object.values(rest).reduce((total, count) => total + count, 0);
    return [
      ...(status === "running" ? [`${run_id} does not end.`] : []),
      ...(sum === found ? [] : [`${run_id} found ${found} files and counts ${sum}.`]),
    ];
  });
}

async function findUnexplained(client: Client, tasks: readonly Task[]): Promise<string[]> {
  const silent: string[] = [];
  for (const { id, title } of tasks.slice(0, 5)) {
    const answer = await client.ask("GET", `/api/explain/${id}`);
    if (answer.status !== 200) silent.push(`"${title}" cannot be explained: ${answer.status}.`);
  }
  return silent;
}

/** Never twice: a turn about a text is sent again only where its answer was not stored, or somebody asked. */
function findRepeated(world: World): string[] {
  const { sent } = world.endpoint;
  const turns = Map.groupBy(sent, ({ text, iteration }) => `${iteration} ${text}`);
  return [...turns.values()].flatMap((ofTurn) => {
    const [first] = ofTurn;
    if (first === undefined) return [];
    const { text, iteration } = first;
    const title = `"${text.split("\n")[0]}"`;
    const answered = ofTurn.filter(({ answer }) => answer === "reply" || answer === "cut");
    // The next turn shows that this one was stored.
    const next = sent.findIndex((one) => one.text === text && one.iteration === iteration + 1);
    const again = answered.filter((one) => next !== -1 && sent.indexOf(one) > next);
    return [
      ...findTooMany(world, answered, 1, `Turn ${iteration} of ${title} was answered`),
      ...findTooMany(world, again, 0, `Turn ${iteration} of ${title} was stored, then answered`),
    ];
  });
}

function findTooMany(
  { excuses }: World,
  answered: readonly Sent[],
  unasked: number,
  said: string,
): string[] {
  // In each life that ended, the last answer may not have been stored.
  const unstored = Math.max(0, new Set(answered.map(({ life }) => life)).size - 1);
  const allowed = unasked + (excuses.get(answered[0]?.text ?? "") ?? 0) + unstored;
  return answered.length <= allowed
    ? []
    : [`${said} ${answered.length} times, ${allowed} allowed.`];
}

function checkJournal({ life }: World): string[] {
  const database = new Database(life.paths.database, { readonly: true });
  try {
    const read = (sql: string): unknown[] => database.prepare(sql).pluck().all();
    const sound = read("PRAGMA integrity_check");
    return [
      ...(sound[0] === "ok" ? [] : [`The journal is damaged: ${String(sound[0])}.`]),
      ...read('SELECT "table" FROM pragma_foreign_key_check').map(
        (table) => `A row of ${String(table)} points nowhere.`,
      ),
      ...read("SELECT job_id FROM jobs WHERE state = 'working'").map(
        (job) => `${String(job)} is still worked on.`,
      ),
      ...read(
        `SELECT entity_id FROM sources WHERE entity_id NOT IN
           (SELECT id FROM tasks UNION SELECT id FROM notes UNION SELECT id FROM projects)`,
      ).map((id) => `A source names ${String(id)}, which is not there.`),
      ...read(
        `SELECT DISTINCT id FROM changes JOIN tasks ON id = entity_id
           WHERE actor NOT IN ('user', created_by)`,
      ).map((id) => `An agent changed ${String(id)}, which another one made.`),
    ];
  } finally {
    database.close();
  }
}
