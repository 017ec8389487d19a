import { spawnSync } from "node:child_process";
import path from "node:path";
import { withChange } from "../guard/change.ts";
import { mutants } from "./mutants.ts";

/*
 * npm run simulate:mutants [-- SECONDS [WORD]]: puts each fault (each that has WORD) into a copy of the code, and simulates until it is found, for
 * SECONDS at most. Ends with 1 where a fault is not found.
 */

const SECONDS = Number(process.argv[2] ?? 120);
const root = path.resolve(import.meta.dirname, "../..");
const word = process.argv[3] ?? "";
const chosen = mutants.filter(({ fault }) => fault.includes(word));
let found = 0;
for (const { fault, file, code, instead } of chosen) {
  const seed = withChange({ file, code, without: instead }, findSeed);
  // A seed that fails without the fault says nothing of it.
  const isFound = seed !== undefined && !fails(root, String(seed), "1");
  if (isFound) found += 1;
  process.stdout.write(`${isFound ? `found by seed ${seed}` : `NOT FOUND (${seed})`}: ${fault}\n`);
}
process.stdout.write(`${found} passed, ${chosen.length - found} failed\n`);
if (found < chosen.length) process.exitCode = 1;

function findSeed(copy: string): number | undefined {
  const seed = /^SEED (\d+)/mu.exec(simulateIn(copy, "1", "100000", String(SECONDS), "stop"))?.[1];
  return seed === undefined ? undefined : Number(seed);
}

function fails(directory: string, ...args: string[]): boolean {
  return simulateIn(directory, ...args).includes("SEED");
}

function simulateIn(directory: string, ...args: string[]): string {
  const main = path.join(directory, "test/simulation/main.ts");
  return spawnSync(process.execPath, [main, ...args], { cwd: directory, encoding: "utf8" }).stdout;
}
