import { existsSync } from "node:fs";

const LOOK_MS = 50;

/** Lets this thread stand still until a file is there. Gives for how long, in ms. */
export function blockUntil(file: string): number {
  const startedAt = performance.now();
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(file)) Atomics.wait(asleep, 0, 0, LOOK_MS);
  return performance.now() - startedAt;
}
