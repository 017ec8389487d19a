import type { Agent } from "../protocol/agent.ts";
import type { Verify } from "../protocol/verify.ts";
import type { RunStarter } from "../trigger/start-run.ts";

/** Compares the disk with the journal, for every directory of the agents. */
export async function verify(
  starter: Pick<RunStarter, "readCoverage">,
  agents: readonly { agent: Agent }[],
): Promise<Verify> {
  const lists = await Promise.all(agents.map(({ agent }) => starter.readCoverage(agent)));
  const directories = lists.flat();
  const complete = directories.every(
    ({ online, unaccounted, ignored }) =>
      online &&
      unaccounted.length === 0 &&
      ignored.every(({ reason }) => reason !== "unreadable" && reason !== "offline"),
  );
  return { complete, directories };
}
