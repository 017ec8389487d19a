import { expect, test } from "vitest";
import { claimJob, endJob, putOffRun } from "../../daemon/journal/jobs.ts";
import { findRun } from "../../daemon/journal/run-views.ts";
import { insertRun } from "../../daemon/journal/runs.ts";
import { endRun, finishIfComplete, statusOf } from "../../daemon/runs/finish.ts";
import { addJob, claim, list, NOW, openTestJournal } from "../helper/test-journal.ts";

const COUNTS = {
  files_unchanged: 0,
  files_processed: 0,
  files_failed: 0,
  files_pending: 0,
  error: null,
};
const ERROR = '{"code":"directory_missing"}';

test.each([
  [{}, "success"],
  [{ files_unchanged: 3 }, "success"],
  [{ files_processed: 1 }, "success"],
  [{ files_processed: 1, files_failed: 1 }, "partial"],
  [{ files_unchanged: 1, files_pending: 1 }, "partial"],
  [{ files_unchanged: 1, error: ERROR }, "partial"],
  [{ files_failed: 1 }, "error"],
  [{ files_pending: 1 }, "error"],
  [{ error: ERROR }, "error"],
])("a run that came to %o ends as %s", (counts, status) => {
  expect(statusOf({ ...COUNTS, ...counts })).toBe(status);
});

test("a run ends once, when it is listed and nothing of it is open", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const run = { run_id: "run_1", agent_id: "inbox", trigger: "watch", force: false } as const;
  insertRun(journal, { ...run, paths: null }, NOW);
  expect(finishIfComplete(journal, "run_1", NOW)).toBeUndefined();
  addJob(journal, { runId: "run_1" });
  list(journal, "run_1");
  expect(finishIfComplete(journal, "run_1", NOW)).toBeUndefined();
  const job = claim(journal);
  expect(finishIfComplete(journal, "run_1", NOW)).toBeUndefined();
  endJob(journal, job, { state: "done" }, NOW);
  expect(finishIfComplete(journal, "run_1", NOW)).toBe("error");
  expect(finishIfComplete(journal, "run_1", NOW)).toBeUndefined();
  expect(finishIfComplete(journal, "run_x", NOW)).toBeUndefined();
  const events = journal.all(journal.build.selectFrom("events").select("event"));
  expect(events.map(({ event }) => JSON.parse(event).type)).toEqual(["run.completed"]);
});

test("a run all of whose jobs are put off ends, and what is put off stays counted as pending", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { run_id } = addJob(journal);
  const later = "2026-11-20T11:00:00.000Z";
  putOffRun(journal, run_id, { reason: "key_missing", next_attempt_at: later, error: null });
  expect(finishIfComplete(journal, run_id, NOW)).toBe("error");
  expect(findRun(journal, run_id)).toMatchObject({ files: { found: 1, pending: 1 } });
});

test("a cancelled run ends as that, whatever is open, and none of its jobs is claimed", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { run_id } = addJob(journal);
  const run = { run_id, agent_id: "inbox" };
  expect(endRun(journal, run, "cancelled", NOW)).toBe(true);
  expect(endRun(journal, run, "success", NOW)).toBe(false);
  expect(findRun(journal, run_id)?.status).toBe("cancelled");
  const claimed = claimJob(journal, { agentIds: ["inbox"], attemptId: "attempt_1", now: NOW });
  expect(claimed).toBeUndefined();
});
