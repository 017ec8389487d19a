import { expect, test } from "vitest";
import { findRun, sumUsage } from "../../daemon/journal/run-views.ts";
import {
  answerRequest,
  endAttempt,
  failRequest,
  openRequest,
} from "../../daemon/journal/attempts.ts";
import {
  countFile,
  findRunningRun,
  findRunRow,
  finishRun,
  insertRun,
  markListed,
  noteRunError,
} from "../../daemon/journal/runs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { addJob, claim, NOW, openTestJournal } from "../helper/test-journal.ts";

function insert(journal: Journal, run_id: string): void {
  const run = { run_id, agent_id: "inbox", trigger: "cron", force: true } as const;
  insertRun(journal, { ...run, paths: ["/in/a.md"] }, NOW);
}

test("an agent has one run at a time", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  insert(journal, "run_1");
  expect(() => insert(journal, "run_2")).toThrow(/UNIQUE/u);
  expect(findRunningRun(journal, "inbox")).toMatchObject({ run_id: "run_1", force: 1 });
  expect(finishRun(journal, "run_1", "success", NOW)).toBe(true);
  expect(finishRun(journal, "run_1", "error", NOW)).toBe(false);
  expect(findRunRow(journal, "run_1")?.status).toBe("success");
  insert(journal, "run_2");
});

test("found is the sum of the rest from the listing to the end", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  insert(journal, "run_1");
  const hashes = ["1", "2", "3", "4"].map((digit) => digit.repeat(64));
  const jobs = hashes.map((hash) => addJob(journal, { hash, runId: "run_1" }).job_id);
  const counts = { unchanged: 5, skipped: 3, failed: 2, waiting: 1 };
  markListed(journal, "run_1", counts, NOW);
  const files = () => findRun(journal, "run_1")?.files;
  expect(files()).toEqual({
    found: 15,
    unchanged: 5,
    processed: 0,
    failed: 2,
    skipped: 3,
    pending: 5,
  });
  for (const [index, became] of (
    ["processed", "failed", "skipped", "unchanged"] as const
  ).entries()) {
    countFile(journal, jobs[index] ?? "", became);
  }
  expect(files()).toEqual({
    found: 15,
    unchanged: 6,
    processed: 1,
    failed: 3,
    skipped: 4,
    pending: 1,
  });
  markListed(journal, "run_1", counts, NOW);
  expect(files()?.found).toBe(15);
});

test("the first fault of a run stays", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  insert(journal, "run_1");
  noteRunError(journal, "run_1", { code: "key_missing", message: "first", hint: null });
  noteRunError(journal, "run_1", { code: "internal", message: "second", hint: null });
  expect(findRun(journal, "run_1")?.error).toMatchObject({ message: "first" });
});

const ANSWER = { reply: "{}", input_tokens: 10, cached_input_tokens: 4, output_tokens: 2 };

test("usage counts every request that reached an endpoint, and has a cost only where every price is known", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addJob(journal);
  const job = claim(journal);
  const { job_id, attempt_id, run_id, agent_id } = job;
  const open = (iteration: number, provider: "openai" | "rules" = "openai") =>
    openRequest(
      journal,
      {
        job_id,
        attempt_id,
        run_id,
        agent_id,
        iteration,
        provider,
        model: "m",
        reserved_tokens: 9,
        reserved_usd: null,
      },
      NOW,
    );
  answerRequest(journal, open(1), { ...ANSWER, cost_usd: 0.25 }, NOW);
  answerRequest(journal, open(2, "rules"), { ...ANSWER, cost_usd: 0 }, NOW);
  const error = { code: "endpoint_unreachable", message: "", hint: null };
  failRequest(journal, open(3), { error, cost_usd: 0 }, NOW);
  const money = { cost_usd: 0.25, spent_usd: 0.25, reserved_usd: 0, unknown_requests: 0 };
  const known = { input_tokens: 10, cached_input_tokens: 4, output_tokens: 2, ...money };
  // The last one reached nothing.
  expect(sumUsage(journal, { run_id })).toEqual({ requests: 1, ...known });
  expect(sumUsage(journal, { since: NOW, before: "2026-11-21T00:00:00.000Z" })).toEqual({
    requests: 1,
    ...known,
  });
  expect(sumUsage(journal, { since: "2026-11-21T00:00:00.000Z", before: "9999" }).requests).toBe(0);
  open(3);
  expect(sumUsage(journal, { run_id })).toMatchObject({ requests: 2, cost_usd: 0.25 });
  endAttempt(journal, attempt_id, "interrupted", null, NOW);
  expect(sumUsage(journal, { run_id })).toMatchObject({
    requests: 2,
    cost_usd: null,
    spent_usd: 0.25,
    unknown_requests: 1,
  });
});
