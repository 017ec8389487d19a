import { findAlive } from "../journal/entities.ts";
import {
  dropSource,
  type EntityRef,
  findWholeText,
  listFilesOfJobs,
  listLastReadings,
  listUnrenewed,
  restoreDropped,
} from "../journal/evidence.ts";
import type { Journal } from "../journal/open.ts";
import { createVerifier } from "./quote.ts";
import { appendEntityEvent } from "./record.ts";

/*
 * Decides whether files still have what they are sources of. A source is dropped only by a job that read the whole
 * text, did not say the entity and does not have its passage. What has no passage is dropped only if the job said that
 * it is gone: silence alone never drops anything.
 */

/** The entities whose evidence changed by a reading. */
export interface Judged {
  /** A file lost them; another one may have them. */
  dropped: EntityRef[];
  /** A file has them again, though no job says them. */
  found: EntityRef[];
}

/**
 * Drops the sources of files that a job did not renew and whose passage its text does not have; one that was dropped
 * before and whose passage it has is current again.
 */
export function dropUnfound(
  journal: Journal,
  of: { job_id: string; file_ids: readonly string[]; text: string; is_last: boolean },
  now: string,
): Judged {
  const has = createVerifier(of.text);
  const dropped = new Map<string, EntityRef>();
  const found = new Map<string, EntityRef>();
  for (const source of listUnrenewed(journal, of.job_id, of.file_ids, of.is_last)) {
    const isFound = has(source.quote);
    if (isFound === (source.dropped_by === null)) continue;
    dropSource(journal, isFound ? null : of.job_id, source);
    reportChanged(journal, source, now);
    (isFound ? found : dropped).set(source.entity_id, source);
  }
  return { dropped: [...dropped.values()], found: [...found.values()] };
}

/** Drops what a file lacks whose content is again the one of a done job. The same as {@link dropUnfound} otherwise. */
export function dropUnfoundAgain(
  journal: Journal,
  { job_id, file_id }: { job_id: string; file_id: string },
  now: string,
  is_last = true,
): Judged {
  const text = findWholeText(journal, job_id);
  return text === undefined
    ? { dropped: [], found: [] }
    : dropUnfound(journal, { job_id, file_ids: [file_id], text, is_last }, now);
}

/**
 * Takes back what undone jobs dropped, unless a job that is still in force does not find it either.
 *
 * @param undone.jobs jobs that are undone for all of their files
 * @param undone.of_file jobs that are undone for one of their files alone
 * @param fileIds files whose sources follow other jobs by now
 */
export function restoreEvidence(
  journal: Journal,
  undone: {
    jobs: readonly string[];
    of_file: { file_id: string; jobs: readonly string[] } | undefined;
  },
  fileIds: Iterable<string>,
  now: string,
): void {
  const { jobs, of_file } = undone;
  const ofOne = of_file ? restoreDropped(journal, of_file.jobs, of_file.file_id) : [];
  for (const source of [...restoreDropped(journal, jobs), ...ofOne]) {
    reportChanged(journal, source, now);
  }
  const ofJobs = listFilesOfJobs(journal, jobs);
  for (const file_id of new Set([...fileIds, ...ofJobs])) {
    for (const { job_id, is_now } of listLastReadings(journal, file_id)) {
      dropUnfoundAgain(journal, { job_id, file_id }, now, is_now);
    }
  }
}

function reportChanged(journal: Journal, { entity_type, entity_id }: EntityRef, now: string): void {
  if (findAlive(journal, entity_type, entity_id) === undefined) return;
  appendEntityEvent(journal, entity_type, entity_id, "update", now);
}
