import { beforeEach, expect, test } from "vitest";
import type { Explanation } from "../../daemon/protocol/explain.ts";
import type { TestFolder } from "../helper/folder.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { type Ended, openHome, runInProcess } from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = await openHome();
  ({ door, home } = opened);
  return opened.close;
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, args);
const AT = "2026-03-01T08:00:00.000Z";

function explanation(): Explanation {
  const entity = door.control.createEntity("task", { title: "Buy paint" });
  const change = { at: AT, actor: "inbox", run_id: "run_1", job_id: "job_1", quote: null };
  const inForce = { state: "applied", undo_id: null, undone_at: null } as const;
  return {
    entity_type: "task",
    entity,
    deleted: null,
    sources: [
      {
        file_id: "file_a",
        path: "/in/plan.md",
        run_id: "run_1",
        job_id: "job_1",
        agent_id: "inbox",
        state: "done",
        reason: null,
        processed_at: AT,
        quote: "Buy paint",
        verified: true,
        model: { provider: "rules", name: "rules" },
        passage: { before: "# Plan\n\n- [ ] ", quote: "Buy paint", after: "\nAnd \u001b[31mred" },
      },
    ],
    history: [
      {
        ...change,
        ...inForce,
        actor: "user",
        run_id: null,
        job_id: null,
        op: "update",
        before: { due_date: null },
        after: { due_date: "2026-12-24" },
      },
      {
        ...change,
        ...inForce,
        op: "create",
        before: null,
        after: { title: "Buy paint", tags: [] },
      },
    ],
    runs: [],
    conversations: [],
    left_out: { sources: 3, history: 0 },
  };
}

test("explain tells where a task comes from and what happened, the oldest first", async () => {
  const told = explanation();
  door.views.explain = () => told;
  const { code, stdout } = await run("explain", told.entity.id);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^task +Buy paint\n/u);
  expect(stdout).toContain(
    "/in/plan.md (done)\n    # Plan - [ ]\n    Buy paint\n    And \\x1b[31mred\n",
  );
  expect(stdout).toContain("built-in rules (not a language model)");
  expect(stdout).toContain("and 3 older sources");
  expect(stdout).toMatch(
    /inbox created it run_1\n +title: Buy paint\n.*you changed it\n +due_date: none → 2026-12-24\n/u,
  );
});

test("explain --json is what the API answers; an id that never was is an error", async () => {
  const told = explanation();
  door.views.explain = (id) => (id === told.entity.id ? told : undefined);
  expect(JSON.parse((await run("explain", told.entity.id, "--json")).stdout)).toEqual(told);
  const { code, stderr } = await run("explain", "task_never");
  expect([code, stderr]).toEqual([2, expect.stringContaining('"task_never"')]);
});
