import { spawnSync } from "node:child_process";
import path from "node:path";
import { withChange } from "../guard/change.ts";
import { mutants } from "./mutants.ts";

/*
 * npm run simulate:mutants [-- SECONDS]: puts each fault into a copy of the code, and simulates until it is found, for
 * SECONDS at most. Ends with 1 where a fault is not found.
 */

const SECONDS = Number(process.argv[2] ?? 120);
let found = 0;
for (const { fault, file, code, instead } of mutants) {
  const output = withChange({ file, code, without: instead }, (copy) => {
    const main = path.join(copy, "test/simulation/main.ts");
    const args = [main, "1", "100000", String(SECONDS), "stop"];
    return spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" }).stdout;
  });
  const seed = /^SEED (\d+)/mu.exec(output)?.[1];
  if (seed !== undefined) found += 1;
  process.stdout.write(`${seed === undefined ? "NOT FOUND" : `found by seed ${seed}`}: ${fault}\n`);
}
process.stdout.write(`${found} passed, ${mutants.length - found} failed\n`);
if (found < mutants.length) process.exitCode = 1;
