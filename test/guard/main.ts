import { spawnSync } from "node:child_process";
import path from "node:path";
import { withChange } from "./change.ts";
import type { Guard } from "./guard.ts";
import { listGuards } from "./list.ts";

/*
 * npm run guards [-- WORD...]: takes each guard out of a copy of the code, and expects its tests to fail there. With
 * words, only guards that have them in `stops`. Ends with 1 where tests pass without their guard.
 */

const words = process.argv.slice(2);
const guards = (await listGuards()).filter(({ stops }) =>
  words.every((word) => stops.includes(word)),
);
if (guards.length === 0) throw new Error(`No guard has the words ${words.join(" ")}.`);

let kept = 0;
for (const guard of guards) {
  const { isNoticed, failed } = runWithout(guard);
  if (isNoticed) kept += 1;
  say(`${isNoticed ? `noticed, ${failed} tests fail` : "NOT NOTICED"}: ${guard.stops}`);
}
say(`${kept} passed, ${guards.length - kept} failed`);
if (kept < guards.length) process.exitCode = 1;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function runWithout(guard: Guard): { isNoticed: boolean; failed: number } {
  return withChange(guard, (copy) => {
    const vitest = path.join(copy, "node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--project", guard.project, ...guard.tests];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
    const failed = Number(/(\d+) failed, \d+ skipped\s*$/u.exec(stdout)?.[1] ?? 0);
    return { isNoticed: status !== 0 && failed > 0, failed };
  });
}
