import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Guard } from "./guard.ts";
import { listGuards } from "./list.ts";

/*
 * npm run guards [-- WORD...]: takes each guard out of a copy of the code, and expects its tests to fail there. With
 * words, only guards that have them in `stops`. Ends with 1 where tests pass without their guard.
 */

const root = path.resolve(import.meta.dirname, "../..");
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

function runWithout({ file, code, without, project, tests }: Guard): {
  isNoticed: boolean;
  failed: number;
} {
  const copy = mkdtempSync(path.join(os.tmpdir(), "agent-runner-guards-"));
  try {
    const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
    });
    for (const name of tracked.split("\n").filter(Boolean)) {
      mkdirSync(path.dirname(path.join(copy, name)), { recursive: true });
      cpSync(path.join(root, name), path.join(copy, name));
    }
    symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"));
    const guarded = readFileSync(path.join(copy, file), "utf8");
    // A function, since `$` in a replacement text has a meaning.
    writeFileSync(
      path.join(copy, file),
      guarded.replace(code, () => without),
    );
    const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--project", project, ...tests];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
    const failed = Number(/(\d+) failed, \d+ skipped\s*$/u.exec(stdout)?.[1] ?? 0);
    return { isNoticed: status !== 0 && failed > 0, failed };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
