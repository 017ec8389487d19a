import { expect, test } from "vitest";
import { toProblem } from "../../daemon/api/problem.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import type { Logger } from "../../daemon/core/logger.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { problemSchema } from "../../daemon/protocol/problem.ts";
import { insertRun } from "../../daemon/journal/runs.ts";
import { openServer } from "../helper/open-server.ts";

test("an error becomes a problem with its facts beside it", () => {
  const error = new RunnerError("run_in_progress", "inbox is running", {
    hint: "Wait, or cancel it.",
    data: { run_id: "run_1" },
  });
  expect(toProblem(error)).toEqual({
    type: "about:blank",
    title: "Conflict",
    status: 409,
    code: "run_in_progress",
    detail: "inbox is running",
    hint: "Wait, or cancel it.",
    run_id: "run_1",
  });
});

test("the facts of an error cannot take the place of what every problem has", () => {
  const error = new RunnerError("not_found", "gone", { data: { status: 200, code: "ok" } });
  expect(toProblem(error)).toMatchObject({ status: 404, code: "not_found" });
});

test("a bug tells the client nothing of itself and the log everything", async () => {
  const lines: object[] = [];
  const logger: Logger = { ...silentLogger, error: (fields) => lines.push(fields) };
  const bug = new TypeError("cannot read /home/ada/secret");
  const fail = (): never => {
    throw bug;
  };
  await using server = await openServer({ logger, control: { status: fail } });
  const { status, headers, body } = await server.send("GET", "/api/status?token=abc");
  expect(status).toBe(500);
  expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(problemSchema.parse(body)).toMatchObject({
    code: "internal",
    title: "Internal Server Error",
  });
  expect(JSON.stringify(body)).not.toContain("secret");
  expect(lines).toEqual([{ err: bug, method: "GET", path: "/api/status" }]);
});

test("an internal error that a room threw itself is hidden the same way", () => {
  const error = new RunnerError("internal", "row 7 has no hash", { data: { row: 7 }, hint: "no" });
  const problem = JSON.stringify(toProblem(error));
  expect(problem).not.toContain("row");
});

test("an answer that is not what its schema promises is a bug", async () => {
  await using server = await openServer();
  const run = { run_id: "run_1", agent_id: "inbox", trigger: "manual", force: false } as const;
  insertRun(server.journal, { ...run, paths: null }, "yesterday");
  const { status, body } = await server.send("GET", "/api/runs/run_1");
  expect([status, body.code]).toEqual([500, "internal"]);
});

test("what is not in the schema of an answer is not sent", async () => {
  const answer = { run_id: "run_1", secret: "s" };
  await using server = await openServer({ control: { confirm: () => answer } });
  const { status, body } = await server.send("POST", "/api/agents/inbox/confirm");
  expect([status, body]).toEqual([202, { run_id: "run_1" }]);
});
