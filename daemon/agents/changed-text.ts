import { describeChanges } from "../agent/changes.ts";
import { findFormerText } from "../journal/evidence.ts";
import type { FileRow } from "../journal/files.ts";
import type { ClaimedJob } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { findRunRow } from "../journal/runs.ts";
import { EXTRACTOR_VERSION } from "../preprocess/preprocess.ts";
import { type Agent, RULES } from "../protocol/agent.ts";
import type { Document, Frame } from "../protocol/document.ts";

/*
 * Whether a model reads of a changed file only what changed. Only where all of the text was read before, as the agent is
 * set now, and what came from it still holds; in doubt the whole is sent. It is decided once for a job and fixed in its
 * frame, so a crash, or a text that is purged meanwhile, changes nothing.
 */

// To ask for the whole document takes a reply, and the last one is for closing words.
const ITERATIONS_NEEDED = 3;

/** A frame that is proposed for a job, with what changed in place of the whole text where that is right. */
export function withChanges(
  journal: Journal,
  {
    job,
    agent,
    document,
    files,
    isHidden,
    by,
  }: {
    job: ClaimedJob;
    agent: Agent;
    document: Document;
    files: readonly FileRow[];
    /** undefined: nothing is restricted */
    isHidden: ((entityId: string) => boolean) | undefined;
    by: "model" | "rules";
  },
  frame: Frame,
): Frame {
  const isByRules = by === "rules" || agent.model.provider === RULES;
  if (job.frame !== null || isByRules || agent.max_iterations < ITERATIONS_NEEDED) return frame;
  if (findRunRow(journal, job.run_id)?.force === 1) return frame;
  const file_ids = files.map(({ file_id }) => file_id);
  const earlier = findFormerText(journal, job, { file_ids, extractor: EXTRACTOR_VERSION });
  if (earlier === undefined) return frame;
  // What is gone was perhaps only in a place whose files may not be sent.
  const isRestricted = isHidden !== undefined;
  const changes = describeChanges(earlier, document, isRestricted);
  if (changes === undefined) return frame;
  // Only the whole text shows whether it still has what has no passage.
  const isUnsure = frame.earlier.some(({ has_no_passage }) => has_no_passage);
  if (isUnsure && changes.has_removed) return frame;
  const known = frame.earlier.map(({ has_no_passage: _, ...entity }) => entity);
  const shows_removed = changes.has_removed && !isRestricted;
  return {
    ...frame,
    earlier: known,
    changes: changes.text,
    ...(shows_removed && { shows_removed }),
  };
}
