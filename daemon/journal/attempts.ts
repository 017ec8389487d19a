import { sql } from "kysely";
import type { FileError } from "../protocol/file.ts";
import { type Document, type Frame, parseDocument } from "../protocol/document.ts";
import type { ClaimedJob } from "./jobs.ts";
import type { Journal } from "./open.ts";
import type { AttemptOutcome } from "./tables.ts";

/** Closes an attempt with its outcome. Its requests without an answer are marked as lost. */
export function endAttempt(
  journal: Journal,
  attemptId: string,
  outcome: AttemptOutcome,
  error: FileError | null,
  now: string,
): void {
  journal.run(
    journal.build
      .updateTable("attempts")
      .set({
        outcome,
        error: error === null ? null : JSON.stringify(error),
        finished_at: now,
      })
      .where("attempt_id", "=", attemptId)
      .where("finished_at", "is", null),
  );
  journal.run(
    journal.build
      .updateTable("requests")
      .set({ state: "lost" })
      .where("attempt_id", "=", attemptId)
      .where("state", "=", "sent"),
  );
}

/**
 * Fixes what shapes the job's first request, and stores the document and the files that have it. Returns an
 * earlier frame if there is one, so that a later attempt asks the same thing. Until its first reply, the job
 * changes to the current recipe and document.
 */
export function fixFrame(
  journal: Journal,
  job: Pick<ClaimedJob, "job_id" | "agent_id" | "hash">,
  proposed: { frame: Frame; document: Document; extractor: string; recipe: string },
  now: string,
): Frame {
  return journal.transaction(() => {
    const { job_id } = job;
    const row = journal.get(
      journal.build.selectFrom("jobs").select(["frame", "recipe"]).where("job_id", "=", job_id),
    );
    const kept = row?.frame ? (JSON.parse(row.frame) as Frame) : undefined;
    const isOfRecipe = row?.recipe === proposed.recipe;
    if (kept && (isOfRecipe || hasReply(journal, job_id))) return kept;
    const frame = kept === undefined ? proposed.frame : withoutChanges(kept);
    if (!isOfRecipe) takeOverRecipe(journal, job, proposed.recipe);
    journal.run(
      journal.build
        .updateTable("jobs")
        .set({ frame: JSON.stringify(frame), extractor: proposed.extractor })
        .where("job_id", "=", job_id),
    );
    journal.run(
      journal.build
        .insertInto("documents")
        .values({
          hash: job.hash,
          extractor: proposed.extractor,
          document: JSON.stringify(proposed.document),
          created_at: now,
        })
        .onConflict((conflict) => conflict.doNothing()),
    );
    journal.run(
      sql`INSERT INTO origins (job_id, file_id)
        SELECT job_id, file_id FROM files WHERE job_id = ${job.job_id}
        ON CONFLICT DO NOTHING`,
    );
    return frame;
  });
}

/** What changed is as one recipe read it. */
function withoutChanges({ changes: _changes, shows_removed: _removed, ...frame }: Frame): Frame {
  return frame;
}

/** Moves a job to another recipe, as the next generation of its content there. */
function takeOverRecipe(
  journal: Journal,
  { job_id, agent_id, hash }: Pick<ClaimedJob, "job_id" | "agent_id" | "hash">,
  recipe: string,
): void {
  journal.run(
    sql`UPDATE jobs SET recipe = ${recipe}, generation = (
        SELECT coalesce(max(generation) + 1, 0) FROM jobs
        WHERE agent_id = ${agent_id} AND hash = ${hash} AND recipe = ${recipe}
      ) WHERE job_id = ${job_id}`,
  );
}

/**
 * The document that a job's replies are about; undefined if it has no reply, or the document is no longer
 * kept. Read it instead of the file, because another version of the extractor may read the file differently.
 */
export function findBegunDocument(
  journal: Journal,
  { job_id }: Pick<ClaimedJob, "job_id">,
): Document | undefined {
  if (!hasReply(journal, job_id)) return undefined;
  const row = journal.get(
    sql<{ document: string }>`SELECT document FROM documents JOIN jobs USING (hash, extractor)
      WHERE jobs.job_id = ${job_id}`,
  );
  return row && parseDocument(row.document);
}

function hasReply(journal: Journal, jobId: string): boolean {
  return (
    journal.get(sql`SELECT 1 FROM requests WHERE job_id = ${jobId} AND state = 'answered'`) !==
    undefined
  );
}

/** The stored replies of a job by iteration (1-based, without gaps), as JSON. */
export function listReplies(journal: Journal, jobId: string): string[] {
  return journal
    .all(
      journal.build
        .selectFrom("requests")
        .select(["iteration", "reply"])
        .where("job_id", "=", jobId)
        .where("state", "=", "answered")
        .orderBy("iteration"),
    )
    .map((row) => row.reply ?? "null");
}

/** What left this machine with a request; all null for the built-in rules. */
export interface SentRequest {
  /** With its port. */
  host: string | null;
  loopback: 0 | 1 | null;
  /** Of the body. */
  bytes: number | null;
  /** The file that was read, and where it was. */
  file_id: string | null;
  path: string | null;
  /** JSON: the ids of the entities that answers of tools showed the model so far; null: none. */
  shown: string | null;
}

const NOT_SENT: SentRequest = {
  host: null,
  loopback: null,
  bytes: null,
  file_id: null,
  path: null,
  shown: null,
};

/** What the conversation of a job holds so far. */
export interface Conversation {
  /** Who gave its replies. */
  providers: ReadonlySet<string>;
  /** The ids of the entities that its model was shown. */
  shown: ReadonlySet<string>;
  /** A reply of an older version is in it, which did not keep what was shown. */
  is_unknown: boolean;
  /** Its frame shows lines that its file has no longer. */
  shows_removed: boolean;
}

export function readConversation(
  journal: Journal,
  { job_id, frame }: Pick<ClaimedJob, "job_id" | "frame">,
): Conversation {
  const rows = journal.all(
    journal.build
      .selectFrom("requests")
      .select(["provider", "shown", "host"])
      .where("job_id", "=", job_id)
      .where("state", "=", "answered"),
  );
  const framed = frame === null ? undefined : (JSON.parse(frame) as Frame);
  return {
    providers: new Set(rows.map(({ provider }) => provider)),
    shown: new Set([
      ...(framed === undefined ? [] : idsOf(framed)),
      ...rows.flatMap(({ shown }) => (shown === null ? [] : (JSON.parse(shown) as string[]))),
    ]),
    shows_removed: framed?.shows_removed === true,
    is_unknown: rows.some(({ provider, host }) => provider !== "rules" && host === null),
  };
}

/** The ids of the entities that a frame names. */
export function idsOf({ projects, earlier }: Frame): string[] {
  return [...projects, ...earlier].map(({ id }) => id);
}

/** Lets a job begin anew: its replies stay booked and are not used, and its frame is made again. */
export function beginAnew(
  journal: Journal,
  { job_id }: Pick<ClaimedJob, "job_id">,
  error: FileError,
): void {
  journal.transaction(() => {
    journal.run(
      journal.build
        .updateTable("requests")
        .set({ state: "failed", error: JSON.stringify(error), reply: null, tool_results: null })
        .where("job_id", "=", job_id)
        .where("state", "=", "answered"),
    );
    journal.run(
      journal.build.updateTable("jobs").set({ frame: null }).where("job_id", "=", job_id),
    );
  });
}

/** Writes that a request is about to be sent. Returns the key of its row. */
export function openRequest(
  journal: Journal,
  request: {
    job_id: string;
    attempt_id: string;
    run_id: string;
    agent_id: string;
    iteration: number;
    provider: "rules" | "openai";
    model: string;
    /** At most: tokens, in and out, and US dollars (null: not known). */
    reserved_tokens: number;
    reserved_usd: number | null;
  } & Partial<SentRequest>,
  now: string,
): number {
  const row = journal.get(
    journal.build
      .insertInto("requests")
      .values({
        ...NOT_SENT,
        ...request,
        state: "sent",
        sent_at: now,
        answered_at: null,
        reply: null,
        tool_results: null,
        input_tokens: null,
        cached_input_tokens: null,
        output_tokens: null,
        cost_usd: null,
        error: null,
      })
      .returning("seq"),
  );
  return row?.seq ?? 0;
}

/** Stores a reply. Call it before any tool call of the reply runs. */
export function answerRequest(
  journal: Journal,
  seq: number,
  answer: {
    reply: string;
    input_tokens: number | null;
    cached_input_tokens: number | null;
    output_tokens: number | null;
    cost_usd: number | null;
  },
  now: string,
): void {
  journal.run(
    journal.build
      .updateTable("requests")
      .set({ ...answer, state: "answered", answered_at: now })
      .where("seq", "=", seq),
  );
}

/**
 * Marks a request as failed: it got no usable reply. It still counts as sent, with the tokens of an unusable
 * reply. A request that is marked already stays as it is.
 *
 * @param failure.cost_usd null: it may have cost something, but the amount is not known
 */
export function failRequest(
  journal: Journal,
  seq: number,
  failure: {
    error: FileError;
    cost_usd: number | null;
    input_tokens?: number;
    cached_input_tokens?: number;
    output_tokens?: number;
  },
  now: string,
): void {
  const { error, ...used } = failure;
  journal.run(
    journal.build
      .updateTable("requests")
      .set({ ...used, state: "failed", error: JSON.stringify(error), answered_at: now })
      .where("seq", "=", seq)
      .where("state", "=", "sent"),
  );
}

/** Stores the answers of the tools by iteration (1-based), for explanation. */
export function saveToolResults(
  journal: Journal,
  job: Pick<ClaimedJob, "job_id">,
  resultsByIteration: ReadonlyMap<number, readonly string[]>,
): void {
  for (const [iteration, results] of resultsByIteration) {
    journal.run(
      journal.build
        .updateTable("requests")
        .set({ tool_results: JSON.stringify(results) })
        .where("job_id", "=", job.job_id)
        .where("iteration", "=", iteration)
        .where("state", "=", "answered"),
    );
  }
}
