import { readdirSync } from "node:fs";
import path from "node:path";
import type { Figure, Measure } from "./figure.ts";
import { formatTable, isReached } from "./table.ts";

/*
 * npm run bench [-- [--large] [NAME...]]: measures the real program, and prints one table. Every file of
 * `measurement/` is one measurement, by its name; without names all are made. Trees are made below the
 * system's temporary directory (TMPDIR) and removed. Ends with 1 where a goal is missed.
 */

if (process.platform !== "linux")
  throw new Error("Memory and watches are read from /proc, so from Linux alone.");

const place = path.join(import.meta.dirname, "measurement");
const all = readdirSync(place).map((file) => path.parse(file).name);
const asked = process.argv.slice(2);
const large = asked.includes("--large");
const names = asked.filter((argument) => argument !== "--large");
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0)
  throw new Error(
    `No measurement ${unknown.join(", ")}; there are: ${all.join(", ")}, and --large.`,
  );

const figures: Figure[] = [];
for (const name of names.length > 0 ? names : all) {
  const { measure } = (await import(path.join(place, `${name}.ts`))) as { measure: Measure };
  const say = (text: string): void => void process.stderr.write(`${name}: ${text}\n`);
  figures.push(...(await measure({ large, say })));
}
process.stdout.write(`${formatTable(figures)}\n`);
if (!figures.every(isReached)) process.exitCode = 1;
