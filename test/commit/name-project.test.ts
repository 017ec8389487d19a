import { expect, test } from "vitest";
import { createByUser } from "../../daemon/commit/user-edit.ts";
import { listAlive } from "../../daemon/journal/entities.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { openWorkspace } from "../../daemon/commit/workspace.ts";
import { ENTITY_DEFAULTS } from "../../daemon/protocol/entity.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";
import { beginJob, commitJob } from "../helper/worked-job.ts";

const listProjects = (journal: Journal) =>
  listAlive(journal, "project", {}, 99).map(({ fields }) => fields.name);

test("a project that is named is the active one of that name, or one new one for all that name it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const house = createByUser(
    journal,
    "project",
    { ...ENTITY_DEFAULTS.project, name: "House" },
    NOW,
  );
  const work = beginJob(journal, { text: "Paint the garden fence" });
  const { workspace } = work;
  const one = workspace.createTask({ title: "Paint" }, null, " house ");
  const two = workspace.createTask({ title: "Dig" }, null, "Garden");
  const three = workspace.createNote({ title: "Plan" }, null, "GARDEN");
  const four = workspace.createTask({ title: "Same" }, null, null);
  expect(one).toMatchObject({ entity: { fields: { project_id: house.id } } });
  const made = two.outcome === "refused" ? null : two.entity.fields.project_id;
  expect(made).toMatch(/^project_/u);
  expect(three).toMatchObject({ entity: { fields: { project_id: made } } });
  expect(four).toMatchObject({ entity: { fields: { project_id: null } } });
  commitJob(journal, work);
  expect(listProjects(journal).toSorted()).toEqual(["Garden", "House"]);
});

test("a name beside another project's id is refused, and nothing is made", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const house = createByUser(
    journal,
    "project",
    { ...ENTITY_DEFAULTS.project, name: "House" },
    NOW,
  );
  const { workspace } = beginJob(journal);
  const both = (project: string) =>
    workspace.createTask({ title: "Paint", project_id: house.id }, null, project);
  expect(both("Garden")).toMatchObject({ outcome: "refused", reason: /different projects/u });
  expect(workspace.changeSet().changes).toEqual([]);
  expect(both("HOUSE")).toMatchObject({ outcome: "created" });
});

test("an agent without the tool that makes projects can only name active ones", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  createByUser(journal, "project", { ...ENTITY_DEFAULTS.project, name: "House" }, NOW);
  const { job } = beginJob(journal);
  const { job_id, agent_id } = job;
  const workspace = openWorkspace(journal, {
    job_id,
    agent_id,
    file_ids: [],
    text: "",
    max_changes: 9,
    has_fixed_projects: true,
  });
  expect(workspace.createTask({ title: "Dig" }, null, "Garden")).toMatchObject({
    outcome: "refused",
  });
  expect(workspace.createTask({ title: "Paint" }, null, "House")).toMatchObject({
    outcome: "created",
  });
});

test("stored replies of an older version give the same ids, whatever they said of a project's name", async () => {
  using opened = await openTestJournal();
  const { workspace, job } = beginJob(opened.journal);
  const ids = ["Garden", null].map((project) => {
    const { job_id, agent_id } = job;
    const again = openWorkspace(opened.journal, {
      job_id,
      agent_id,
      file_ids: [],
      text: "",
      max_changes: 9,
    });
    again.createTask({ title: "Dig" }, null, project);
    const next = again.createTask({ title: "Sow" }, null, null);
    return next.outcome === "refused" ? null : next.entity.id;
  });
  expect(ids[0]).toBe(ids[1]);
  expect(workspace.changeSet().changes).toEqual([]);
});
