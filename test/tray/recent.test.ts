import { expect, test } from "vitest";
import { activityOf, mergeRecent } from "../../tray/recent.ts";
import type { Activity } from "../../tray/snapshot.ts";

const at = (minute: number): string => new Date(Date.UTC(2026, 2, 1, 12, minute)).toISOString();
const file = (path: string, minute: number): Activity => ({
  kind: "file",
  path,
  outcome: "done",
  at: at(minute),
});

test("the newest comes first, each file once, and no more than there are rows", () => {
  const older = Array.from({ length: 20 }, (_, index) => file(`/in/${index}`, index));
  const merged = mergeRecent([file("/in/3", 50)], older);
  expect(merged).toHaveLength(8);
  expect(merged.map((one) => one.kind === "file" && one.path).slice(0, 3)).toEqual([
    "/in/3",
    "/in/19",
    "/in/18",
  ]);
});

test("events of files and runs that ended are activity, others are none", () => {
  const common = { event_id: 1, created_at: at(0) };
  const ofFile = { run_id: "run_1", agent_id: "a", file_id: "file_1", path: "/in/a.md" };
  expect(activityOf({ ...common, type: "file.done", ...ofFile })).toMatchObject({
    outcome: "done",
  });
  expect(
    activityOf({ ...common, type: "file.failed", ...ofFile, code: "x", message: "y" }),
  ).toMatchObject({ outcome: "failed", path: "/in/a.md" });
  expect(
    activityOf({
      ...common,
      type: "run.completed",
      run_id: "run_1",
      agent_id: "a",
      status: "error",
    }),
  ).toEqual({
    kind: "run",
    run_id: "run_1",
    agent_id: "a",
    status: "error",
    remarks: [],
    at: at(0),
  });
  expect(activityOf({ ...common, type: "config.changed" })).toBeUndefined();
});

test.each([
  [{ outcome: "recorded", is_warned: false }, "done"],
  [{ outcome: "recorded", is_warned: true }, "read with warnings"],
  [{ outcome: "nothing_recorded", is_warned: true }, "nothing recorded"],
  [{ outcome: "capped", is_warned: false }, "stopped at a limit"],
] as const)("a file that came to %o is shown as %s", (result, said) => {
  const ofFile = { run_id: "run_1", agent_id: "a", file_id: "file_1", path: "/in/a.md" };
  const event = {
    event_id: 1,
    created_at: at(0),
    type: "file.done",
    ...ofFile,
    ...result,
  } as const;
  expect(activityOf(event)).toMatchObject({ kind: "file", outcome: said });
});

test("a run that ended has what it did not read or record", () => {
  const outcomes = { recorded: 5, nothing_recorded: 0, capped: 3 };
  const ofRun = { run_id: "run_1", agent_id: "a", status: "success", outcomes, warned: 2 } as const;
  const event = { event_id: 1, created_at: at(0), type: "run.completed", ...ofRun } as const;
  expect(activityOf(event)).toMatchObject({
    remarks: ["3 stopped at a limit", "2 read with warnings"],
  });
});
