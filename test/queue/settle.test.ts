import fc from "fast-check";
import { expect, test } from "vitest";
import { type ErrorCode, RunnerError } from "../../daemon/core/errors.ts";
import { settle } from "../../daemon/queue/settle.ts";
import { NOW } from "../helper/test-journal.ts";

const NOW_MS = Date.parse(NOW);

function fault(code: ErrorCode, faults: number, retryAfterMs?: unknown) {
  const data = retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs };
  const error = new RunnerError(code, "It failed.", { hint: "Wait.", data });
  return settle({ outcome: "fault", error }, { faults }, NOW_MS);
}

test.each([
  [{ outcome: "skipped", reason: "empty" }, { state: "skipped", reason: "empty" }, "skipped"],
  [{ outcome: "changed" }, { state: "superseded" }, "changed"],
  [
    { outcome: "interrupted" },
    { state: "pending", reason: "interrupted", next_attempt_at: null, error: null, faults: 2 },
    "interrupted",
  ],
  [
    {
      outcome: "failed",
      error: new RunnerError("bad_tool_calls", "No.", { hint: "Other model." }),
    },
    { state: "failed", error: { code: "bad_tool_calls", message: "No.", hint: "Other model." } },
    "failed",
  ],
] as const)("%o ends the job as %o", (outcome, end, attempt) => {
  const going = {
    hold_ms: null,
    endpoint_hold_ms: null,
    puts_off_run: false,
    tells_of_endpoint: false,
  };
  expect(settle(outcome, { faults: 2 }, NOW_MS)).toEqual({ end, attempt, ...going });
});

test.each([
  ["endpoint_unreachable", 0, undefined, 1_000],
  ["endpoint_unreachable", 1, undefined, 2_000],
  ["endpoint_fault", 2, undefined, 4_000],
  ["rate_limited", 0, 10_000, 10_000],
  ["rate_limited", 0, 0, 0],
  ["journal_unwritable", 0, undefined, 1_000],
] as const)("%s after %d faults is waited out in the run", (code, faults, asked, hold_ms) => {
  expect(fault(code, faults, asked)).toMatchObject({
    end: { state: "pending", reason: code, next_attempt_at: null, faults: faults + 1 },
    attempt: "put_off",
    hold_ms,
    puts_off_run: false,
  });
});

test("a file that is too long is put off alone for as long as it says, also after another", () => {
  const error = new RunnerError("too_long", "No.", { data: { retry_after_ms: 21_600_000 } });
  const settled = settle({ outcome: "fault", error }, { faults: 0, faults_of_others: 3 }, NOW_MS);
  expect(settled).toMatchObject({ puts_off_run: false, tells_of_endpoint: false, hold_ms: null });
  expect(settled.end).toMatchObject({
    state: "pending",
    next_attempt_at: new Date(NOW_MS + 21_600_000).toISOString(),
  });
});

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

test.each([
  ["endpoint_unreachable", 3, undefined, 30 * SECOND],
  ["endpoint_unreachable", 4, undefined, 60 * SECOND],
  ["endpoint_unreachable", 8, undefined, 15 * MINUTE],
  ["endpoint_unreachable", 5_000, undefined, 15 * MINUTE],
  ["rate_limited", 0, 10_001, 30 * SECOND],
  ["rate_limited", 0, 120_000, 120 * SECOND],
  ["rate_limited", 3, 5_000, 30 * SECOND],
  ["rate_limited", 0, 1e30, 24 * 60 * MINUTE],
  ["rate_limited", 3, "soon", 30 * SECOND],
  ["key_missing", 0, undefined, 30 * SECOND],
  ["quota_exhausted", 0, 1_000, 30 * SECOND],
] as const)("%s after %d faults puts off the run, asked for %s", (code, faults, asked, waitMs) => {
  const settled = fault(code, faults, asked);
  expect(settled).toMatchObject({ attempt: "put_off", hold_ms: null, puts_off_run: true });
  expect(settled.end).toMatchObject({
    state: "pending",
    reason: code,
    next_attempt_at: new Date(NOW_MS + waitMs).toISOString(),
    error: { code, hint: "Wait." },
  });
});

test("a file that faults after another did is not waited for, and puts off the run for longer", () => {
  const error = new RunnerError("endpoint_fault", "It failed.");
  const after = (faults_of_others: number) =>
    settle({ outcome: "fault", error }, { faults: 0, faults_of_others }, NOW_MS);
  expect(after(0)).toMatchObject({ hold_ms: 1_000, puts_off_run: false, end: { faults: 1 } });
  expect(after(4)).toMatchObject({
    hold_ms: null,
    puts_off_run: true,
    end: { faults: 5, next_attempt_at: new Date(NOW_MS + MINUTE).toISOString() },
  });
});

test("no number of faults, and nothing that an endpoint asks for, makes a wait that never ends", () => {
  const asked = fc.option(fc.double({ noNaN: true, min: 0 }), { nil: undefined });
  fc.assert(
    fc.property(fc.nat(), asked, (faults, retryAfterMs) => {
      const { end, hold_ms } = fault("rate_limited", faults, retryAfterMs);
      if (end.state !== "pending") throw new Error(end.state);
      const due = end.next_attempt_at === null ? NOW_MS + (hold_ms ?? NaN) : end.next_attempt_at;
      const waitMs = new Date(due).getTime() - NOW_MS;
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThanOrEqual(24 * 60 * MINUTE);
    }),
  );
});
