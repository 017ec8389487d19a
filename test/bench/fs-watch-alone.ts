import { once } from "node:events";
import { watch } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { blockUntil } from "./block.ts";

/*
 * Watches a directory by `fs.watch` alone. Told the path of a file, it stands still until that is there, and
 * then says of how many files it has heard, once it hears of no more.
 */

const QUIET_MS = 1_000;

const heardOf = new Set<string | null>();
const watcher = watch(process.argv[2] ?? "", (_event, name) => void heardOf.add(name));

process.send?.("ready");
const [until] = await once(process, "message");
blockUntil(String(until));
for (let before = -1; before < heardOf.size;) {
  before = heardOf.size;
  await wait(QUIET_MS);
}
watcher.close();
process.send?.(heardOf.size);
