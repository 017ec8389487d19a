import { toRunnerError } from "../core/errors.ts";
import { retryUntilWritable } from "../journal/retry-until-writable.ts";
import { findRunRow } from "../journal/runs.ts";
import type { FileError } from "../protocol/file.ts";
import { type ListedRun, listFiles, type ListingContext } from "./list-files.ts";

/** The listings that go on in the background, one for each agent. */
export interface Listings {
  /** Lists the files of a run; the agent's listing before it is ended. Resolves with whether it came to its end. */
  begin(run: ListedRun): Promise<boolean>;
  has(agentId: string): boolean;
  /** Ends an agent's listing early. */
  abandon(agentId: string): void;
  /** What keeps an agent's listing from being written. */
  faults(agentId: string): readonly FileError[];
  /** Ends all listings, and resolves when they have ended. */
  end(): Promise<void>;
}

interface Listing {
  abort: AbortController;
  /** Whether the listing came to its end. */
  done: Promise<boolean>;
}

/**
 * @param onListed called when a listing has ended in whatever way, and whether or not its run was written
 * @param stopping aborted when the daemon stops: a listing that cannot be written is left to the next start
 */
export function createListings(
  context: ListingContext,
  onListed: (runId: string, agentId: string) => void,
  stopping: AbortSignal,
): Listings {
  const { journal, clock, logger } = context;
  const listings = new Map<string, Listing>();
  const faults = new Map<string, readonly FileError[]>();

  function begin(run: ListedRun): Promise<boolean> {
    const agentId = run.request.agent.id;
    const earlier = listings.get(agentId);
    earlier?.abort.abort();
    const abort = new AbortController();
    const done = (earlier?.done ?? Promise.resolve(true)).then(async () => conduct(run, abort));
    listings.set(agentId, { abort, done });
    return done;
  }

  /** Lists until the end of it is written: a run whose list is not fixed would hold its agent for good. */
  async function conduct(run: ListedRun, abort: AbortController): Promise<boolean> {
    const agentId = run.request.agent.id;
    let isComplete: boolean | undefined;
    const isWritten = await retryUntilWritable(
      async () => {
        // What a look would find could not be written, whatever it is.
        const fault = journal.fault();
        if (fault?.code === "journal_damaged") throw fault.error;
        isComplete ??= await listFiles(context, run, abort.signal);
        if (listings.get(agentId)?.abort === abort) listings.delete(agentId);
        onListed(run.run_id, agentId);
        faults.delete(agentId);
      },
      {
        clock,
        signal: stopping,
        onFault(thrown) {
          const { code, message, hint } = toRunnerError(thrown);
          faults.set(agentId, [{ code, message, hint }]);
          const fields = { agent_id: agentId, run_id: run.run_id, err: thrown };
          logger.error(fields, "A listing could not be written; trying again");
          // The transaction that wrote the run may have been rolled back.
          if (isComplete === undefined) run.exists = findRunRow(journal, run.run_id) !== undefined;
        },
      },
    );
    // Not written because the daemon stops: the next start lists it.
    return isWritten && isComplete === true;
  }

  return {
    begin,
    has: (agentId) => listings.has(agentId),
    abandon: (agentId) => listings.get(agentId)?.abort.abort(),
    faults: (agentId) => faults.get(agentId) ?? [],
    async end() {
      const all = [...listings.values()];
      for (const { abort } of all) abort.abort();
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
