import { expect, test } from "vitest";
import { CODES, RunnerError, toRunnerError } from "../../daemon/core/errors.ts";

test("an error carries the exit code and the status of its code, else of its kind", () => {
  const running = new RunnerError("daemon_running", "held");
  expect([running.kind, running.exit, running.status]).toEqual(["user", 4, 409]);
  const unreachable = new RunnerError("endpoint_unreachable", "down");
  expect([unreachable.kind, unreachable.exit, unreachable.status]).toEqual(["transient", 1, 503]);
});

test("whatever is thrown and is not ours becomes a bug that keeps its cause", () => {
  const cause = new TypeError("x is not a function");
  const error = toRunnerError(cause);
  expect([error.code, error.kind, error.exit, error.cause]).toEqual(["internal", "bug", 1, cause]);
});

test("codes are snake_case, as they stand on the wire", () => {
  for (const code of Object.keys(CODES)) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
});
