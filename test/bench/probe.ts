import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/*
 * Loaded into the real program before it begins, and asked from outside over the channel to its parent:
 * what cannot be seen from there, or done.
 */

export type ProbeQuestion =
  /** The longest time in ms for which the loop of the main thread stood still since the last question. */
  | { ask: "longest_block" }
  /** Lets the main thread stand still; answered when it goes on. */
  | { ask: "block"; ms: number };

if (isMainThread && process.send !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  process.on("message", (question: ProbeQuestion) => {
    switch (question.ask) {
      case "longest_block":
        process.send?.(delays.max / 1e6);
        delays.reset();
        break;
      case "block":
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, question.ms);
        process.send?.(question.ms);
    }
  });
  // The program ends when it wants to.
  process.channel?.unref();
}
