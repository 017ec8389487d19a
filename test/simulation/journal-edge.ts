import { RunnerError } from "../../daemon/core/errors.ts";
import { type Journal, openJournal } from "../../daemon/journal/open.ts";

/** What happens at the edge of the journal. */
export interface JournalEdge {
  /** Called before each write, begin and commit; what it throws is the disk's answer. */
  reach(): void;
  /** Called after the write that ends a job as done, the first of its commit. */
  endJob(): void;
}

export const diskFull = (): RunnerError =>
  new RunnerError("journal_unwritable", "The journal cannot be written (SQLITE_FULL).");

/** The real journal, with an edge that can fail or be the last that is reached. */
export async function openEdgedJournal(file: string, edge: JournalEdge): Promise<Journal> {
  const journal = await openJournal(file);
  return {
    ...journal,
    run(query) {
      edge.reach();
      const changed = journal.run(query);
      const { sql, parameters } = query.compile(journal.build);
      if (sql.startsWith('update "jobs" set "state"') && parameters[0] === "done") edge.endJob();
      return changed;
    },
    transaction: (work) =>
      journal.transaction(() => {
        edge.reach();
        const result = work();
        edge.reach();
        return result;
      }),
  };
}
