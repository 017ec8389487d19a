import { expect, test } from "vitest";
import { workJob } from "../helper/worked-job.ts";
import { openHome } from "./run-in-process.ts";

test("explain tells where a task comes from and what happened, the oldest first", async () => {
  await using at = await openHome({
    files: { "inbox/plan.md": "# Plan\n\n- [ ] Buy paint\nAnd red\n" },
  });
  const { client, daemon, folder } = at.door;
  const { run_id } = await daemon.run("inbox");
  const [task] = (await client.entities("task")).items;
  await client.editEntity("task", task!.id, {
    due_date: "2026-12-24",
    description: "\u001b[31mred",
  });
  const { code, stdout } = await at.run("explain", task!.id);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^task +Buy paint\n/u);
  expect(stdout).toContain(`${folder.file("inbox/plan.md")} (done)\n`);
  expect(stdout).toContain("\n    # Plan\n    - [ ] Buy paint\n    And red\n");
  expect(stdout).toContain("built-in rules (not a language model)");
  expect(stdout).toMatch(
    new RegExp(
      `inbox created it ${run_id}\n[^]*title: Buy paint\n[^]*you changed it\n[^]*due_date: none → 2026-12-24\n`,
      "u",
    ),
  );
  expect(stdout).toContain("\\x1b[31mred");
  expect(stdout).not.toContain("\u001b");
});

test("explain says how many older sources it leaves out", async () => {
  await using at = await openHome();
  const paths = Array.from({ length: 28 }, (_, index) => `/in/${index}.md`);
  workJob(at.door.journal, { paths, text: "Buy paint" }, (workspace) => {
    workspace.createTask({ title: "Buy paint" }, "Buy paint");
  });
  const [task] = (await at.door.client.entities("task")).items;
  expect((await at.run("explain", task!.id)).stdout).toContain("and 3 older sources");
});

test("explain --json is what the API answers; an id that never was is an error", async () => {
  await using at = await openHome();
  const task = await at.door.client.createEntity("task", { title: "Buy paint" });
  const { stdout } = await at.run("explain", task.id, "--json");
  expect(JSON.parse(stdout)).toEqual(await at.door.client.explain(task.id));
  expect(JSON.parse(stdout)).toMatchObject({ entity_type: "task", entity: task });
  const { code, stderr } = await at.run("explain", "task_never");
  expect([code, stderr]).toEqual([2, expect.stringContaining('"task_never"')]);
});
