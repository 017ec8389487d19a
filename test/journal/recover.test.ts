import { expect, test } from "vitest";
import { endAttempt, fixFrame, listReplies, openRequest } from "../../daemon/journal/attempts.ts";
import { findFileHistory } from "../../daemon/journal/file-views.ts";
import { findFileRow } from "../../daemon/journal/files.ts";
import { findJob } from "../../daemon/journal/jobs.ts";
import { recover } from "../../daemon/journal/recover.ts";
import { findRun } from "../../daemon/journal/run-views.ts";
import { modelRequest } from "../helper/model-request.ts";
import { addJob, claim, NOW, openTestJournal } from "../helper/test-journal.ts";

const { document, frame } = modelRequest();

test("a job whose attempt died waits again in its run, and its request is lost", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id, run_id, file_ids } = addJob(journal);
  const { attempt_id, agent_id } = claim(journal);
  const request = { job_id, attempt_id, run_id, agent_id, iteration: 1 };
  openRequest(
    journal,
    { ...request, provider: "openai", model: "m", reserved_tokens: 9, reserved_usd: null },
    NOW,
  );
  expect(recover(journal, NOW)).toEqual({ crashed: 1 });
  expect(findJob(journal, job_id)).toMatchObject({
    state: "pending",
    attempt_id: null,
    crashes: 1,
  });
  const [file = ""] = file_ids;
  expect(findFileRow(journal, file)).toMatchObject({ state: "pending", job_id });
  const [attempt] = findFileHistory(journal, file)?.attempts ?? [];
  expect(attempt).toMatchObject({ outcome: "crashed", requests: [{ state: "lost" }] });
  expect(claim(journal)).toMatchObject({ job_id, attempt_number: 2 });
});

test("recovering twice changes nothing more", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id } = addJob(journal);
  claim(journal);
  recover(journal, NOW);
  const before = findJob(journal, job_id);
  expect(recover(journal, NOW)).toEqual({ crashed: 0 });
  expect(findJob(journal, job_id)).toEqual(before);
});

test("a document that kills the process three times in a row is failed, said, and counted once", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id, run_id, file_ids } = addJob(journal, { paths: ["/in/a.md"] });
  for (let death = 1; death <= 3; death += 1) {
    claim(journal);
    recover(journal, NOW);
  }
  expect(findJob(journal, job_id)).toMatchObject({ state: "failed", attempts: 3 });
  const [file = ""] = file_ids;
  expect(findFileRow(journal, file)?.error).toContain("crashed_repeatedly");
  expect(findRun(journal, run_id)?.files).toMatchObject({ found: 1, failed: 1, pending: 0 });
  const events = journal.all(journal.build.selectFrom("events").select("event"));
  expect(events.map(({ event }) => JSON.parse(event))).toEqual([
    expect.objectContaining({ type: "file.failed", file_id: file, code: "crashed_repeatedly" }),
  ]);
});

test("deaths after the document was extracted say nothing of the document", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id } = addJob(journal);
  for (let death = 1; death <= 5; death += 1) {
    fixFrame(journal, claim(journal), { frame, document, extractor: "1", recipe: "r1" }, NOW);
    recover(journal, NOW);
  }
  expect(findJob(journal, job_id)).toMatchObject({ state: "pending", crashes: 0 });
});

test("deaths count only in a row", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id } = addJob(journal);
  claim(journal);
  recover(journal, NOW);
  claim(journal);
  recover(journal, NOW);
  fixFrame(journal, claim(journal), { frame, document, extractor: "1", recipe: "r1" }, NOW);
  recover(journal, NOW);
  expect(findJob(journal, job_id)).toMatchObject({ state: "pending", crashes: 0 });
});

test("what shapes a job's first request is fixed at its first attempt", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addJob(journal);
  const first = fixFrame(
    journal,
    claim(journal),
    { frame, document, extractor: "1", recipe: "r1" },
    NOW,
  );
  recover(journal, NOW);
  const other = { ...frame, fence: "another", today: "2027-01-01" };
  const again = fixFrame(
    journal,
    claim(journal),
    { frame: other, document, extractor: "1", recipe: "r1" },
    NOW,
  );
  expect(again).toEqual(first);
});

test("an attempt that is over is not closed again", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id, file_ids } = addJob(journal);
  const { attempt_id } = claim(journal);
  endAttempt(journal, attempt_id, "done", null, NOW);
  endAttempt(journal, attempt_id, "failed", null, NOW);
  const history = findFileHistory(journal, file_ids[0] ?? "");
  expect(history?.attempts.map((attempt) => attempt.outcome)).toEqual(["done"]);
  expect(listReplies(journal, job_id)).toEqual([]);
});
