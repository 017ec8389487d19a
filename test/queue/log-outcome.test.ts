import { expect, test } from "vitest";
import { RunnerError } from "../../daemon/core/errors.ts";
import { logOutcome } from "../../daemon/queue/settle-job.ts";

test("the log does not keep what an endpoint quotes of a document, which forget could not remove", () => {
  const lines: string[] = [];
  const write = (fields: object): void => {
    lines.push(JSON.stringify(fields));
  };
  const error = new RunnerError("bad_response", 'The endpoint says: "CANARY of the document".', {
    hint: "Wait.",
    cause: new Error("CANARY"),
  });
  const job = { job_id: "job_1", agent_id: "inbox" };
  logOutcome({ warn: write, error: write }, job, { outcome: "failed", error });
  expect(lines).toEqual(['{"job_id":"job_1","agent_id":"inbox","code":"bad_response"}']);
});
