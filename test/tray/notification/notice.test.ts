import { expect, test } from "vitest";
import type { StatusProblem } from "../../../daemon/protocol/api.ts";
import type { ToldEvent } from "../../../daemon/protocol/event.ts";
import type { NotifyKind } from "../../../daemon/protocol/tray.ts";
import { noticeOfEvent, noticesOfStatus } from "../../../tray/notification/notice.ts";
import { knownStatus } from "../known.ts";

const problem = (code: string, fields: Partial<StatusProblem> = {}): StatusProblem => ({
  code,
  agent_id: "inbox",
  message: `about ${code}`,
  hint: null,
  ...fields,
});

function completed(status: "success" | "partial" | "error" | "cancelled"): ToldEvent {
  const fields = { event_id: 1, created_at: "2026-03-01T12:00:00.000Z" };
  return { type: "run.completed", run_id: "run_1", agent_id: "inbox", status, ...fields };
}

test.each([
  ["success", null],
  ["cancelled", null],
  ["partial", "A run of Inbox ended as partial: some files failed or are waiting."],
  ["error", "A run of Inbox ended as error: it could not read any file."],
] as const)("a run that ended %s has the notice %j", (status, body) => {
  const notice = noticeOfEvent(completed(status), knownStatus(), ["run_problems"]);
  expect(notice?.body ?? null).toBe(body);
});

const NONE = { found: 0, unchanged: 0, processed: 0, failed: 0, skipped: 0, pending: 0 };
const WHOLE = { recorded: 9, nothing_recorded: 0, capped: 0 };

test.each<[string, object, string | null]>([
  ["success", { files: { processed: 9 } }, null],
  [
    "success",
    { files: { processed: 12 }, outcomes: { capped: 3 }, warned: 2 },
    "A run of Inbox ended as success: 12 read, 3 stopped at a limit, 2 read with warnings.",
  ],
  [
    "success",
    { files: { processed: 1 }, outcomes: { nothing_recorded: 1 } },
    "A run of Inbox ended as success: 1 read, 1 with nothing recorded.",
  ],
  [
    "partial",
    { files: { processed: 9, failed: 1, pending: 2 }, warned: 2 },
    "A run of Inbox ended as partial: 9 read, 2 read with warnings, 1 failed, 2 postponed.",
  ],
  ["error", { files: {} }, "A run of Inbox ended as error: it could not read any file."],
])("a run that ended %s with %o has the notice %j", (status, counted, body) => {
  const {
    files,
    outcomes,
    warned = 0,
  } = counted as Record<"files" | "outcomes", object> & {
    warned?: number;
  };
  const counts = { ...NONE, ...files };
  const found = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const event = {
    ...completed(status as "success"),
    files: { ...counts, found },
    outcomes: { ...WHOLE, ...outcomes },
    warned,
  } as ToldEvent;
  expect(noticeOfEvent(event, knownStatus(), ["run_problems"])?.body ?? null).toBe(body);
  expect(noticeOfEvent(event, knownStatus(), ["waiting"])).toBeUndefined();
});

test("nothing is told that was not asked for", () => {
  expect(
    noticeOfEvent(completed("error"), knownStatus(), ["waiting", "key_refused"]),
  ).toBeUndefined();
  const after = knownStatus({ problems: [problem("confirm_needed"), problem("key_refused")] });
  expect(noticesOfStatus(knownStatus(), after, [])).toEqual([]);
  expect(noticesOfStatus(knownStatus(), after, ["run_problems"])).toEqual([]);
});

test.each<[string, NotifyKind, string]>([
  ["confirm_needed", "waiting", "Inbox needs your consent"],
  ["budget_exhausted", "waiting", "Inbox waits for budget"],
  ["quota_exhausted", "waiting", "Inbox waits for budget"],
  ["key_refused", "key_refused", "Inbox: the key was refused"],
  ["key_missing", "key_refused", "Inbox: the key is missing"],
])("a problem %s is told once to whoever asked for %s", (code, kind, title) => {
  const after = knownStatus({ problems: [problem(code, { hint: "Do this." })] });
  expect(noticesOfStatus(knownStatus(), after, [kind])).toEqual([
    { title, body: `about ${code}\nDo this.` },
  ]);
  const later = knownStatus({ problems: [problem(code, { message: "with other numbers" })] });
  expect(noticesOfStatus(after, later, [kind])).toEqual([]);
});

test("what was so before the tray looked, and problems of other kinds, are no news", () => {
  const now = knownStatus({ problems: [problem("confirm_needed"), problem("directory_missing")] });
  expect(noticesOfStatus(null, now, ["waiting"])).toEqual([]);
  expect(noticesOfStatus(now, null, ["waiting"])).toEqual([]);
  const other = knownStatus({ problems: [problem("directory_missing")] });
  expect(noticesOfStatus(knownStatus(), other, ["waiting", "key_refused"])).toEqual([]);
});
