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
import { testFolder } from "../helper/folder.ts";
import { NOW } from "../helper/test-journal.ts";

test("a run that could not be listed on a full disk is listed when there is room", async () => {
  const files = Array.from({ length: 300 }, (_, index) => [`in/${index}.md`, `# File ${index}\n`]);
  using folder = testFolder(Object.fromEntries(files) as Record<string, string>);
  const [agent] = parse(
    `agents: [{ id: inbox, directories: [{ path: "${folder.file("in")}" }] }]`,
  ).agents;
  if (agent === undefined) throw new Error("no agent");
  const database = folder.file("home/agent-runner.db");
  const journal = await openJournal(database);
  saveAgent(journal, { agent_id: "inbox", config: "{}", base_recipe: "r1", ad_hoc: false }, NOW);
  const clock = fakeClock(NOW);
  await using scanner = openScanner();
  let faults = 0;
  const starter = createRunStarter({
    journal,
    clock,
    logger: { ...silentLogger, error: () => (faults += 1) },
    places: { database, own: [folder.file("home")], inbox: folder.file("inbox") },
    scanner,
    unreadableEndings: [],
    onReverted() {},
    onCopied() {},
    onDeleted() {},
    onListed() {},
  });
  const recipes = { recipe: "r1", base_recipe: "r1" };
  const request = { agent, ...recipes, asks_above: null, trigger: "manual" as const };
  const how = { by_hand: true, force: false, dry_run: false, paths: null, shallow: false };
  const run_id = starter.start({ ...request, ...how });
  journal.get(sql`PRAGMA max_page_count = 1`);
  await expect.poll(() => faults).toBeGreaterThan(0);
  await expect.poll(() => clock.sleepers()).toBe(1);
  expect(findRunRow(journal, run_id)?.listed_at).toBeNull();
  expect(starter.problems(agent)).toMatchObject([{ code: "journal_unwritable" }]);
  journal.get(sql`PRAGMA max_page_count = 1000000`);
  await clock.pass(5_000);
  await expect
    .poll(() => findRunRow(journal, run_id))
    .toMatchObject({ files_pending: 300, status: "running" });
  expect(starter.problems(agent)).toEqual([]);
  await starter.stop();
  journal.close();
});
