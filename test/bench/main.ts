import { readdirSync } from "node:fs";
import path from "node:path";
import type { Figure, Measure } from "./figure.ts";
import manifest from "../../package.json" with { type: "json" };
import { createRecord, findPreviousRecord, formatDifference, writeRecord } from "./record.ts";
import { formatTable, isReached } from "./table.ts";

/*
 * npm run bench [-- [--large] [--record] [NAME...]]: measures the real program, and prints one table. Every
 * file of `measurement/` is one measurement, by its name; without names all are made. `--record` makes all,
 * keeps the figures as `record/VERSION.json` and prints what changed since the version before. Trees are made
 * below the system's temporary directory (TMPDIR) and removed. Ends with 1 where a goal is missed.
 */

if (process.platform !== "linux")
  throw new Error("Memory and watches are read from /proc, so from Linux alone.");

const place = path.join(import.meta.dirname, "measurement");
const all = readdirSync(place).map((file) => path.parse(file).name);
const asked = process.argv.slice(2);
const large = asked.includes("--large");
const isRecorded = asked.includes("--record");
const names = asked.filter((argument) => !["--large", "--record"].includes(argument));
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0)
  throw new Error(
    `No measurement ${unknown.join(", ")}; there are: ${all.join(", ")}, and --large, --record.`,
  );
if (isRecorded && names.length > 0) throw new Error("A record holds all measurements: name none.");

const figures: Figure[] = [];
for (const name of names.length > 0 ? names : all) {
  const { measure } = (await import(path.join(place, `${name}.ts`))) as { measure: Measure };
  const say = (text: string): void => void process.stderr.write(`${name}: ${text}\n`);
  figures.push(...(await measure({ large, say })));
}
process.stdout.write(`${formatTable(figures)}\n`);
if (isRecorded) {
  const directory = path.join(import.meta.dirname, "record");
  const record = createRecord(manifest.version, figures);
  const previous = findPreviousRecord(directory, record.version);
  if (previous !== undefined) process.stdout.write(`\n${formatDifference(previous, record)}\n`);
  process.stderr.write(`Recorded in ${writeRecord(directory, record)}\n`);
}
if (!figures.every(isReached)) process.exitCode = 1;
