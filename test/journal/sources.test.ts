import { expect, test } from "vitest";
import { listEntityViews } from "../../daemon/journal/entity-views.ts";
import { listSources, saveSource, shareSources } from "../../daemon/journal/sources.ts";
import { addFile, NOW, openTestJournal } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";

test("a link is one per entity and file, and holds what the latest job said", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job, file_ids } = workJob(journal, {}, (workspace) => {
    workspace.createTask({ title: "Call" }, "first words");
  });
  const [file_id = ""] = file_ids;
  const [task] = listEntityViews(journal, "task", { limit: 1 }).items;
  const entity_id = task?.id ?? "";
  const { job_id, run_id } = job;
  const link = { entity_type: "task", entity_id, file_id, job_id, run_id } as const;
  saveSource(journal, { ...link, quote: "other words", verified: true }, NOW);
  expect(listSources(journal, [entity_id, "task_x"])).toEqual(
    new Map([
      [
        entity_id,
        [
          {
            file_id,
            path: "/in/a.md",
            run_id,
            hash: "a".repeat(64),
            quote: "other words",
            verified: true,
            current: true,
          },
        ],
      ],
      ["task_x", []],
    ]),
  );
});

test("a copy becomes a source of all that the job made, and doing it again changes nothing", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job } = workJob(journal, { text: "Call Bob." }, (workspace) => {
    workspace.createTask({ title: "Call" }, "Call Bob.");
    workspace.createNote({ title: "Minutes" }, null);
  });
  const copy = addFile(journal, { path: "/in/copy.md", hash: job.hash, job_id: job.job_id });
  shareSources(journal, { job_id: job.job_id, file_id: copy }, NOW);
  shareSources(journal, { job_id: job.job_id, file_id: copy }, NOW);
  const [task] = listEntityViews(journal, "task", { limit: 9, file_id: copy }).items;
  expect(task?.sources.find(({ file_id }) => file_id === copy)).toMatchObject({
    quote: "Call Bob.",
    verified: true,
  });
  expect(listEntityViews(journal, "note", { limit: 9, file_id: copy }).items).toHaveLength(1);
});

test("a copy of an older content is a source too, after a later job renewed the links of the first file", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job } = workJob(journal, { content: "a" }, (workspace) => {
    workspace.createTask({ title: "Call" }, null);
  });
  workJob(journal, { content: "b" }, (workspace) => {
    workspace.createTask({ title: "Call" }, null);
    workspace.createTask({ title: "Only now" }, null);
  });
  const copy = addFile(journal, { path: "/in/old.md", hash: job.hash, job_id: job.job_id });
  shareSources(journal, { job_id: job.job_id, file_id: copy }, NOW);
  const tasks = listEntityViews(journal, "task", { limit: 9, file_id: copy }).items;
  expect(tasks.map(({ title }) => title)).toEqual(["Call"]);
});
