import type { CompiledQuery } from "kysely";
import { expect, test } from "vitest";
import {
  countBacklog,
  countReady,
  findLastTurn,
  listWorked,
} from "../../daemon/journal/backlog-views.ts";
import { listEntityViews } from "../../daemon/journal/entity-views.ts";
import { hasStaleResults } from "../../daemon/journal/files.ts";
import type { Journal, Query } from "../../daemon/journal/open.ts";
import { listInForce } from "../../daemon/journal/undos.ts";
import { findLastRequest, findRun, sumUsage } from "../../daemon/journal/run-views.ts";
import { purgeOlder } from "../../daemon/journal/retention.ts";
import { listActivity, listUsage } from "../../daemon/journal/usage.ts";
import { addJob, NOW, openTestJournal } from "../helper/test-journal.ts";

/** How SQLite finds what is asked for, one line for each table of each query. */
async function plansOf(ask: (journal: Journal, runId: string) => unknown): Promise<string[]> {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { run_id } = addJob(journal);
  const plans: string[] = [];
  const explain = <Row>(query: Query<Row>): void => {
    const compiled: CompiledQuery<Row> = query.compile(journal.build);
    const steps = journal.all<{ detail: string }>({
      compile: () => ({ ...compiled, sql: `EXPLAIN QUERY PLAN ${compiled.sql}` }),
    });
    plans.push(...steps.map(({ detail }) => detail));
  };
  const explaining: Journal = {
    ...journal,
    all(query) {
      explain(query);
      return journal.all(query);
    },
    get(query) {
      explain(query);
      return journal.get(query);
    },
    run(query) {
      explain(query);
      return journal.run(query);
    },
  };
  ask(explaining, run_id);
  return plans;
}

const DAY_OF_REQUESTS = [
  "SEARCH requests USING COVERING INDEX requests_by_day (sent_at>? AND sent_at<?)",
  "SEARCH trials USING INDEX trials_by_day (sent_at>? AND sent_at<?)",
];

// A status or a progress bar asks for these again and again, after runs of a hundred thousand files.
test("a run's entities are counted in an index, and requests that cost nothing are stepped over", async () => {
  const plans = await plansOf((journal, runId) => findRun(journal, runId));
  expect(plans).toEqual([
    "SEARCH runs USING INDEX sqlite_autoindex_runs_1 (run_id=?)",
    "SEARCH changes USING COVERING INDEX changes_by_run (run_id=? AND state=?)",
    "SEARCH requests USING INDEX requests_by_run (run_id=?)",
  ]);
  const day = await plansOf((journal) => sumUsage(journal, { since: NOW, before: "9999" }));
  expect(day.filter((step) => /requests|trials/.test(step))).toEqual(DAY_OF_REQUESTS);
  expect(await plansOf((journal) => findLastRequest(journal, ["inbox", "mail"], NOW))).toEqual([
    "SEARCH requests USING COVERING INDEX requests_by_day (sent_at>?)",
    // Of those sent at the same instant.
    "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
  ]);
});

test("usage is summed in the index of requests alone", async () => {
  for (const by of ["day", "agent", "model"] as const) {
    const plans = await plansOf((journal) => listUsage(journal, { by, limit: 50 }));
    const reading = plans.filter((step) => step.includes("requests"));
    expect(reading.length).toBeGreaterThan(0);
    expect(reading.filter((step) => !step.includes("COVERING INDEX requests_by_day"))).toEqual([]);
  }
});

test("what was read on a day is counted in an index", async () => {
  const day = await plansOf((journal) => listActivity(journal, 1, Date.parse(NOW)));
  expect(day.filter((step) => /attempts|requests|trials/.test(step))).toEqual([
    "SEARCH attempts USING COVERING INDEX attempts_done (finished_at>? AND finished_at<?)",
    ...DAY_OF_REQUESTS,
  ]);
});

// A status asks for these of every run in progress.
test("a run's backlog and what it did last are found in indexes, however much it did", async () => {
  const turn = { rank: 2, modified_ms: 1 };
  const plans = await plansOf((journal, runId) => {
    countBacklog(journal, { run_id: runId, dry_run: 0, files_processed: 0 });
    countReady(journal, runId, turn);
    findLastTurn(journal, runId);
  });
  expect(plans).toEqual([
    "SEARCH jobs USING COVERING INDEX jobs_by_run (run_id=?)",
    "SEARCH jobs USING COVERING INDEX jobs_to_do (run_id=?)",
    "SEARCH jobs USING COVERING INDEX jobs_to_do (run_id=?)",
    "SEARCH jobs USING COVERING INDEX jobs_to_do (run_id=?)",
  ]);
  const model = { name: "small" };
  const worked = await plansOf((journal, runId) => {
    listWorked(journal, runId, { ...model, provider: "openai" }, 30);
    listWorked(journal, runId, { ...model, provider: "rules" }, 30);
  });
  expect(worked.filter((step) => /requests|attempts/u.test(step))).toEqual([
    "SEARCH requests USING INDEX requests_by_run (run_id=?)",
    "SEARCH attempts USING PRIMARY KEY (attempt_id=?)",
    // From its end, and no further than the files that are wanted.
    "SCAN attempts USING INDEX attempts_done",
  ]);
});

// Asked before every look at a directory.
test.each(["new_only", "all"] as const)(
  "results of another recipe are found in an index of jobs (%s)",
  async (on_recipe_change) => {
    const plans = await plansOf((journal) =>
      hasStaleResults(
        journal,
        { id: "inbox", on_recipe_change },
        { recipe: "r1", base_recipe: "r1" },
      ),
    );
    expect(plans).toEqual([
      "SEARCH jobs USING INDEX jobs_by_recipe (agent_id=? AND state=?)",
      "SEARCH files EXISTS USING COVERING INDEX files_by_job (job_id=? AND state=?)",
    ]);
  },
);

const ALL = { texts: 9, requests: 9, changes: 9 };

// Asked every hour, for the few rows among a million that grew too old since.
test("what has grown too old is found by its age", async () => {
  const plans = await plansOf((journal) => purgeOlder(journal, NOW, ALL));
  expect(plans.filter((plan) => /^SCAN (?!json_each)/u.test(plan))).toEqual(["SCAN runs"]);
  expect(plans).toEqual(
    expect.arrayContaining([
      "SEARCH documents USING COVERING INDEX documents_by_age (created_at<?)",
      "SEARCH requests USING INDEX requests_kept (sent_at<?)",
      "SEARCH changes USING INDEX changes_by_run (run_id=? AND state=?)",
    ]),
  );
});

// Nearly all of a million sources are current.
test.each([true, false])(
  "whether things are in their files (%s) is found among the lost",
  async (in_file) => {
    const plans = await plansOf((journal) =>
      listEntityViews(journal, "task", { limit: 50, in_file }),
    );
    expect(plans.filter((plan) => /\b(?:lost|other|sources)\b/u.test(plan))).toEqual([
      "SEARCH lost USING INDEX sources_dropped (dropped_by>?)",
      "SEARCH other USING PRIMARY KEY (entity_id=?)",
    ]);
  },
);

test("what an undo of a run or a file takes back is found in indexes of changes", async () => {
  const jobs = { whole: ["job_1"], shared: ["job_2"] };
  for (const scope of [{ run_id: "run_1" }, { file_id: "file_1", since: null }]) {
    const plans = await plansOf((journal) => listInForce(journal, scope, jobs));
    expect(plans.filter((plan) => /^SCAN (?!json_each)/u.test(plan))).toEqual([]);
  }
});
