import { existsSync } from "node:fs";
import { simulate } from "./simulate.ts";

/*
 * npm run simulate [-- FIRST [COUNT [SECONDS [stop]]]]: lives through seeds from FIRST on, COUNT of them or for SECONDS; with
 * `stop` until one fails.
 * A seed that breaks a promise is printed with what happened; `npm run simulate -- SEED 1` repeats it.
 */

// Thousands of journals, and each write of theirs is synced.
if (existsSync("/dev/shm")) process.env["TMPDIR"] = "/dev/shm";
const [first = 1, count = 200, seconds = Infinity] = process.argv.slice(2, 5).map(Number);
const stops = process.argv[5] === "stop";
const started = performance.now();
let failed = 0;
let lives = 0;
let requests = 0;
let seed = first;
for (; seed < first + count && performance.now() - started < seconds * 1000; seed += 1) {
  const outcome = await simulate(seed);
  lives += outcome.lives;
  requests += outcome.requests;
  if (outcome.violations.length === 0) continue;
  failed += 1;
  const lines = [
    `SEED ${seed}`,
    ...outcome.trace.map((line) => `  ${line}`),
    ...outcome.violations,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  if (stops) {
    seed += 1;
    break;
  }
}
process.stdout.write(
  `${seed - first} seeds, ${lives} lives, ${requests} requests in ${Math.round((performance.now() - started) / 1000)} s\n`,
);
process.stdout.write(`${seed - first - failed} passed, ${failed} failed, 0 skipped\n`);
if (failed > 0) process.exitCode = 1;
