import { watch } from "node:fs";

/*
 * Watches a directory by `fs.watch` alone. Asked for it, it stands still for a time in ms, and then says how
 * many files it has heard of, once it hears of no more.
 */

const QUIET_MS = 1_000;

const heardOf = new Set<string | null>();
let heardAt = 0;
watch(process.argv[2] ?? "", (_event, name) => {
  heardOf.add(name);
  heardAt = performance.now();
});
process.on("message", (ms: number) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  heardAt = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - heardAt < QUIET_MS) return;
    clearInterval(timer);
    process.send?.(heardOf.size);
  }, QUIET_MS / 4);
});
process.send?.("ready");
