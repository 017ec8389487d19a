import { renameSync } from "node:fs";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { silentLogger } from "../../daemon/core/logger.ts";
import { saveAgent } from "../../daemon/journal/agents.ts";
import { openJournal } from "../../daemon/journal/open.ts";
import { findRunRow } from "../../daemon/journal/runs.ts";
import { openScanner } from "../../daemon/scan/scan.ts";
import { createRunStarter } from "../../daemon/trigger/start-run.ts";
import { parse } from "../helper/config.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { NOW } from "../helper/test-journal.ts";

const HOW = { by_hand: true, force: false, dry_run: false, paths: null, shallow: false };

/**
 * A starter of runs over the directory `in` of a folder, with a journal and a clock of its own.
 *
 * @param options.breaks whether scans break off before their end
 */
async function openStarter(
  folder: TestFolder,
  { breaks = false, foresee = () => Promise.resolve(0) } = {},
) {
  const [agent] = parse(
    `agents: [{ id: inbox, directories: [{ path: "${folder.file("in")}" }] }]`,
  ).agents;
  if (agent === undefined) throw new Error("no agent");
  const database = folder.file("home/agent-runner.db");
  const journal = await openJournal(database);
  saveAgent(journal, { agent_id: "inbox", config: "{}", base_recipe: "r1", ad_hoc: false }, NOW);
  const clock = fakeClock(NOW);
  const scanner = openScanner();
  const seen = { faults: 0, scans: 0 };
  const starter = createRunStarter({
    journal,
    clock,
    logger: { ...silentLogger, error: () => (seen.faults += 1) },
    places: { database, own: [folder.file("home")], inbox: folder.file("inbox") },
    scanner: {
      ...scanner,
      async *scan(...asked) {
        seen.scans += 1;
        for await (const part of scanner.scan(...asked)) {
          if (breaks && part.kind === "summary") throw new Error("the thread ended");
          yield part;
        }
      },
    },
    unreadableEndings: [],
    onReverted() {},
    onCopied() {},
    onDeleted() {},
    foresee,
    isRead: () => undefined,
    onListed() {},
  });
  const recipes = { recipe: "r1", base_recipe: "r1" };
  const request = { agent, ...recipes, asks_above: null, trigger: "manual" as const, ...HOW };
  return {
    agent,
    journal,
    clock,
    starter,
    request,
    seen,
    async [Symbol.asyncDispose]() {
      await starter.stop();
      await scanner[Symbol.asyncDispose]();
      journal.close();
    },
  };
}

const manyFiles = (): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`in/${index}.md`, `# File ${index}\n`]),
  );

test.each<[what: string, entities: number | null, options: Parameters<typeof openStarter>[1]]>([
  ["a look that breaks off, to a remote endpoint", null, { breaks: true }],
  ["a look that breaks off, under the rules", 500, { breaks: true }],
  ["a count that fails, under the rules", 500, { foresee: () => Promise.reject(new Error("bug")) }],
])("no more files than allowed are read unasked after %s", async (_what, entities, options) => {
  using folder = testFolder(manyFiles());
  await using opened = await openStarter(folder, options);
  const { journal, starter, request } = opened;
  const run_id = starter.start({ ...request, asks_above: { files: 200, entities } });
  await expect.poll(() => findRunRow(journal, run_id)?.listed_at).not.toBeNull();
  expect(findRunRow(journal, run_id)).toMatchObject({ files_pending: 300, awaits_confirmation: 1 });
});

test("a run that could not be listed on a full disk is listed when there is room", async () => {
  using folder = testFolder(manyFiles());
  await using opened = await openStarter(folder);
  const { agent, journal, clock, starter, request, seen } = opened;
  const run_id = starter.start(request);
  journal.get(sql`PRAGMA max_page_count = 1`);
  await expect.poll(() => seen.faults).toBeGreaterThan(0);
  await expect.poll(() => clock.sleepers()).toBe(1);
  expect(findRunRow(journal, run_id)?.listed_at).toBeNull();
  expect(starter.problems(agent)).toMatchObject([{ code: "journal_unwritable" }]);
  journal.get(sql`PRAGMA max_page_count = 1000000`);
  await clock.pass(5_000);
  await expect
    .poll(() => findRunRow(journal, run_id))
    .toMatchObject({ files_pending: 300, status: "running" });
  expect(starter.problems(agent)).toEqual([]);
});

test("no directory is read while the journal is lost", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using opened = await openStarter(folder);
  const { journal, clock, starter, request, seen } = opened;
  renameSync(journal.path, `${journal.path}.away`);
  const listed = starter.startIfNeeded(request);
  for (let tries = 1; tries <= 3; tries += 1) {
    await expect.poll(() => [seen.faults, clock.sleepers()]).toEqual([tries, 1]);
    if (tries === 3) renameSync(`${journal.path}.away`, journal.path);
    await clock.pass(5_000);
  }
  expect(await listed).toBe(true);
  expect(seen).toEqual({ faults: 3, scans: 1 });
});
