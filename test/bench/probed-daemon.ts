import { once } from "node:events";
import path from "node:path";
import type { Client } from "../../daemon/client/client.ts";
import type { Run } from "../../daemon/protocol/run.ts";
import { type TestHome, waitFor } from "../helper/program.ts";
import type { ProbeQuestion } from "./probe.ts";
import { countWatches } from "./process-memory.ts";

/** The real program in a process of its own, with a probe in it. */
export interface ProbedDaemon extends AsyncDisposable {
  readonly client: Client;
  readonly pid: number;
  /** The longest time in ms for which its main thread stood still since this was asked last. */
  longestBlock(): Promise<number>;
  /** Lets its main thread stand still until a file is there; gives for how long, in ms. */
  block(until: string): Promise<number>;
  /** Resolves when it watches so many directories. */
  watches(directories: number): Promise<void>;
  /** Lets an agent look at everything; gives the run, which has ended. */
  sweep(agentId: string): Promise<Run>;
}

const PROBE = path.join(import.meta.dirname, "probe.ts");
const START_TIMEOUT_MS = 600_000;

export async function startProbedDaemon(home: TestHome): Promise<ProbedDaemon> {
  const program = home.start(PROBE);
  const { child } = program;
  const client = await home.connect();
  const ask = async (question: ProbeQuestion): Promise<number> => {
    const answer = once(child, "message");
    child.send(question);
    const [value] = (await answer) as [number];
    return value;
  };
  const { pid } = child;
  if (pid === undefined) throw new Error("The daemon has no process.");
  return {
    client,
    pid,
    longestBlock: () => ask({ ask: "longest_block" }),
    block: (until) => ask({ ask: "block", until }),
    async watches(directories) {
      const isWatching = (): boolean => countWatches(pid) >= directories;
      await waitFor(`${directories} directories are watched`, isWatching, START_TIMEOUT_MS);
    },
    async sweep(agentId) {
      // A look of its own, of which nobody is told, may still be going on.
      const { run_id } = await client.trigger(agentId);
      return waitFor(`the sweep ${run_id} ends`, async () => {
        const run = await client.run(run_id);
        return run.status !== "running" && run;
      });
    },
    async [Symbol.asyncDispose]() {
      await program.end("SIGTERM");
    },
  };
}

/** Milliseconds from the beginning of a run to its end, as the daemon noted them. */
export function durationOf(run: Run): number {
  if (run.finished_at === null) throw new Error(`The run ${run.run_id} goes on.`);
  return Date.parse(run.finished_at) - Date.parse(run.started_at);
}
