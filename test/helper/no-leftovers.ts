/*
 * Before each test file: a folder for temporary files that is this worker's own. After it: a failure for whatever is
 * left open, with the name of the test that opened it. Tests of one file may share something, so only its end counts.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeEach, inject, onTestFinished } from "vitest";
import { startWatch } from "./leftovers.ts";

const temporary = path.join(inject("temporaryRoot"), process.env["VITEST_POOL_ID"] ?? "0");
mkdirSync(temporary, { recursive: true });
for (const name of process.platform === "win32" ? ["TEMP", "TMP"] : ["TMPDIR"]) {
  process.env[name] = temporary;
}

const watching = startWatch();

beforeEach(({ task }) => {
  watching.enter(task.name);
  // Runs after everything that the test, or its own hooks, put off to its end.
  onTestFinished(() => watching.leave());
});

// Registered first, so it runs last.
afterAll(async () => {
  const left = await watching.findLeftovers();
  if (left.length > 0) throw new Error(`This was left open:\n${left.join("\n")}`);
});
