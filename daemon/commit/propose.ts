import { endAttempt, saveToolResults } from "../journal/attempts.ts";
import { DRY_RUN } from "../journal/dry-run.ts";
import { listFilesOfJob, settleFiles } from "../journal/files.ts";
import { endJob, findJob } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { readResult } from "../journal/outcomes.ts";
import { countDone, type FileResult } from "../journal/runs.ts";
import {
  appendChange,
  findLastChange,
  fixOrigins,
  listChangesSince,
  type Proposal,
} from "../journal/sources.ts";
import { commit, type CommitRequest } from "./commit.ts";

/**
 * Keeps the change set of a job in a dry run as proposals, which change nothing. The job then waits, with its
 * replies, for a run that is not dry: that run replays the replies and commits without asking a model again.
 * Returns false, with nothing changed, if another attempt has the job. A crash before the end costs nothing:
 * the replies are kept.
 *
 * @param now ISO 8601
 */
export function propose(journal: Journal, request: CommitRequest, now: string): boolean {
  const rehearsal = rehearse(journal, request, now);
  if (rehearsal === undefined) return false;
  const { proposals, result } = rehearsal;
  const { job } = request;
  return journal.transaction(() => {
    const run_id = findJob(journal, job.job_id)?.run_id ?? job.run_id;
    // Due now, so that this run does not claim it again; its files have no time at which they are due.
    const left = { state: "pending", reason: DRY_RUN, error: null } as const;
    if (!endJob(journal, job, { ...left, next_attempt_at: now, faults: 0 }, now)) return false;
    const files = listFilesOfJob(journal, job);
    fixOrigins(
      journal,
      job.job_id,
      files.map(({ file_id }) => file_id),
    );
    for (const proposal of proposals) {
      const { job_id, agent_id: actor } = job;
      const of = { actor, run_id, job_id, position: null, state: "proposed" } as const;
      appendChange(journal, { ...proposal, ...of }, now);
    }
    saveToolResults(journal, job, request.tool_results);
    settleFiles(journal, job.job_id, { ...left, next_attempt_at: null }, now);
    endAttempt(journal, job.attempt_id, "put_off", null, now);
    countDone(journal, job.job_id, result);
    return true;
  });
}

/** What a commit would do. */
interface Rehearsal {
  proposals: Proposal[];
  result: FileResult;
}

/** What a commit would change now, found by committing and rolling back; undefined: fenced off. */
function rehearse(journal: Journal, request: CommitRequest, now: string): Rehearsal | undefined {
  try {
    return journal.transaction(() => {
      const last = findLastChange(journal);
      if (!commit(journal, request, now)) return undefined;
      const { job_id } = request.job;
      // Not by the job: what its text no longer has is retired without one.
      const proposals = listChangesSince(journal, last);
      const done = findJob(journal, job_id) ?? { outcome: null, warnings: null };
      throw new Rehearsed({ proposals, result: readResult(done) });
    });
  } catch (thrown) {
    if (thrown instanceof Rehearsed) return thrown.rehearsal;
    throw thrown;
  }
}

/** Ends a rehearsal and rolls back what it wrote. */
class Rehearsed extends Error {
  readonly rehearsal: Rehearsal;

  constructor(rehearsal: Rehearsal) {
    super();
    this.rehearsal = rehearsal;
  }
}
