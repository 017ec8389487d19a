import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";
import { blockUntil } from "./block.ts";

/*
 * Loaded into the real program before it begins, and asked from outside over the channel to its parent:
 * what cannot be seen from there, or done.
 */

export type ProbeQuestion =
  /** The longest time in ms for which the loop of the main thread stood still since the last question. */
  | { ask: "longest_block" }
  /** Lets the main thread stand still until a file is there; answered when it goes on. */
  | { ask: "block"; until: string };

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
        process.send?.(blockUntil(question.until));
    }
  });
  // The program ends when it wants to.
  process.channel?.unref();
}
