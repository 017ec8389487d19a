import { expect, test } from "vitest";
import { commit } from "../../daemon/commit/commit.ts";
import { fixFrame } from "../../daemon/journal/attempts.ts";
import { findFile, listFiles } from "../../daemon/journal/file-views.ts";
import { findJob } from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { findRun } from "../../daemon/journal/run-views.ts";
import { LIMITS_REACHED } from "../../daemon/protocol/warning.ts";
import { type FileOutcome, fileOutcome } from "../../daemon/protocol/file.ts";
import { finishIfComplete } from "../../daemon/runs/finish.ts";
import { modelRequest } from "../helper/model-request.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";
import { beginJob, type JobAtWork, type WorkOptions } from "../helper/worked-job.ts";

const warning = (code: string) => ({ code, message: `It is so: ${code}.` });

/** Commits a job with a task, or without anything, and with these warnings. */
function done(
  journal: Journal,
  options: WorkOptions,
  { records, codes = [] }: { records: boolean; codes?: readonly string[] },
): JobAtWork {
  const atWork = beginJob(journal, options);
  const { job, workspace, run_id } = atWork;
  if (records) workspace.createTask({ title: `Task ${options.content ?? "a"}` }, null);
  const warnings = [...codes.map(warning), ...workspace.warnings()];
  const change_set = workspace.changeSet();
  commit(journal, { job, change_set, tool_results: new Map(), changed_files: [], warnings }, NOW);
  finishIfComplete(journal, run_id, NOW);
  return atWork;
}

const COUNTS: Record<FileOutcome, object> = {
  recorded: { recorded: 1, nothing_recorded: 0, capped: 0 },
  nothing_recorded: { recorded: 0, nothing_recorded: 1, capped: 0 },
  capped: { recorded: 0, nothing_recorded: 0, capped: 1 },
};

test.each<[string, { records: boolean; codes?: readonly string[] }, FileOutcome]>([
  ["that recorded something", { records: true }, "recorded"],
  ["that recorded something of what was read", { records: true, codes: ["truncated"] }, "recorded"],
  ["that recorded nothing", { records: false }, "nothing_recorded"],
  [
    "that recorded nothing of a scan",
    { records: false, codes: ["pages_without_text"] },
    "nothing_recorded",
  ],
  ...LIMITS_REACHED.map((code): [string, { records: boolean; codes: string[] }, FileOutcome] => [
    `that met ${code}`,
    { records: true, codes: [code] },
    "capped",
  ]),
])("a job %s has its outcome, on its files and in its run", async (_, work, outcome) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { file_ids, run_id } = done(journal, { paths: ["/in/a.md", "/in/b.md"] }, work);
  for (const fileId of file_ids) {
    expect(findFile(journal, fileId)).toMatchObject({
      state: "done",
      outcome,
      warnings: (work.codes ?? []).map(warning),
    });
  }
  expect(findRun(journal, run_id)?.outcomes).toEqual(COUNTS[outcome]);
  for (const wanted of fileOutcome.options) {
    const { items } = listFiles(journal, { limit: 9, outcome: wanted });
    expect(items.map(({ path }) => path)).toEqual(
      wanted === outcome ? ["/in/a.md", "/in/b.md"] : [],
    );
  }
});

test("changes beyond the limit of a file are counted, and the file is capped", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const atWork = beginJob(journal, { max_changes: 1 });
  const { job, workspace, file_ids } = atWork;
  for (const title of ["One", "Two", "Three"]) workspace.createTask({ title }, null);
  const warnings = workspace.warnings();
  const change_set = workspace.changeSet();
  commit(journal, { job, change_set, tool_results: new Map(), changed_files: [], warnings }, NOW);
  expect(findFile(journal, file_ids[0] ?? "")).toMatchObject({
    outcome: "capped",
    warnings: [{ code: "changes_beyond_limit", message: expect.stringContaining("2; the limit") }],
  });
});

test("files that an older version did have the outcome that follows from what they gave", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const made = done(journal, { content: "a", paths: ["/in/a.md"] }, { records: true });
  const idle = done(journal, { content: "b", paths: ["/in/b.md"] }, { records: false });
  // As the journal of an older version is after its upgrade: without outcomes, and warnings as text.
  journal.run(journal.build.updateTable("jobs").set({ outcome: null, warnings: null }));
  const columns = { files_nothing_recorded: null, files_capped: null };
  journal.run(journal.build.updateTable("runs").set(columns));
  const { document, frame } = modelRequest();
  fixFrame(journal, idle.job, { frame, document, extractor: "1", recipe: "r1" }, NOW);
  const old = { ...document, warnings: ["Only the first 20000 rows were read."] };
  journal.run(journal.build.updateTable("documents").set({ document: JSON.stringify(old) }));

  expect(findFile(journal, made.file_ids[0] ?? "")).toMatchObject({
    outcome: "recorded",
    warnings: [],
  });
  expect(findFile(journal, idle.file_ids[0] ?? "")).toMatchObject({
    outcome: "nothing_recorded",
    warnings: [{ code: "rows_beyond_limit", message: "Only the first 20000 rows were read." }],
  });
  expect(findRun(journal, made.run_id)?.outcomes).toEqual(COUNTS.recorded);
  expect(findRun(journal, idle.run_id)?.outcomes).toEqual(COUNTS.nothing_recorded);
  expect(findJob(journal, idle.job.job_id)?.outcome).toBeNull();
});
