import { type Clock, toInstant } from "../core/clock.ts";
import { isAbort, toRunnerError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { saveDirectory } from "../journal/directories.ts";
import { BY_HAND_RANK, type MaySend, sumWaiting } from "../journal/jobs.ts";
import { saveMounts } from "../journal/mounts.ts";
import { appendEvent } from "../journal/events.ts";
import { listNewFiles, type NewFile } from "../journal/new-files.ts";
import type { Journal } from "../journal/open.ts";
import {
  findRunRow,
  insertRun,
  markListed,
  NO_CONSENT,
  noteRunError,
  type RunConsent,
  saveForeseen,
} from "../journal/runs.ts";
import type { Agent } from "../protocol/agent.ts";
import type { Trigger } from "../protocol/run.ts";
import type { ScanSummary } from "../scan/scan-messages.ts";
import type { Scanner } from "../scan/scan.ts";
import type { DirectoryProblems } from "./directory-problems.ts";
import type { Listing } from "./listing.ts";
import { createObserver, type Observer } from "./observe.ts";
import { type ScanOptions, toScanRequest } from "./scan-request.ts";
import type { Returned, RunRequest } from "./run-request.ts";

/** What a listing works with; {@link RunStarterOptions} says what the callbacks are for. */
export interface ListingContext extends ScanOptions {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  scanner: Pick<Scanner, "scan">;
  problems: DirectoryProblems;
  onReverted(of: Returned, now: string): void;
  onCopied(of: Returned, now: string): void;
  onDeleted(of: Omit<Returned, "job_id">, now: string): void;
  foresee: Foresee;
  isRead(of: { agent: Agent }): MaySend;
}

/** About how many notes, tasks and projects the built-in rules would make of files. */
export type Foresee = (
  of: { agent: Agent; files: readonly NewFile[] },
  signal: AbortSignal,
) => Promise<number>;

/** The run that files are listed for. */
export interface ListedRun {
  run_id: string;
  request: RunRequest;
  /** Whether its row is written. A look makes a run only once it finds something to do. */
  exists: boolean;
}

const RANKS: Record<Trigger, number> = { manual: 0, watch: 1, cron: 2, startup: 2, retry: 2 };

/** Writes the row of a run and its event. */
export function insertStarted(
  { journal, clock }: Pick<ListingContext, "journal" | "clock">,
  run_id: string,
  { agent, trigger, force, dry_run, paths }: RunRequest,
): void {
  const now = toInstant(clock.now());
  const agent_id = agent.id;
  journal.transaction(() => {
    insertRun(journal, { run_id, agent_id, trigger, force, dry_run, paths }, now);
    appendEvent(journal, { type: "run.started", run_id, agent_id, trigger }, now);
  });
}

/**
 * Scans the directories of a run and writes what it finds, then fixes the run's list of files. Sets
 * `run.exists` as soon as the run's row is written.
 *
 * @returns whether it came to its end
 * @throws {RunnerError} journal_unwritable
 */
export async function listFiles(
  context: ListingContext,
  run: ListedRun,
  signal: AbortSignal,
): Promise<boolean> {
  const { journal, clock, logger, scanner } = context;
  const { run_id, request } = run;
  const observer = createObserver(journal, toListing(context, run));
  try {
    for await (const part of scanner.scan(toScanRequest(context, request), { signal })) {
      if (signal.aborted) return false;
      if (part.kind === "batch") observer.observe(part, toInstant(clock.now()));
      else saveSummary(context, run, part);
    }
    if (signal.aborted) return false;
    const { agent } = request;
    const count: Count = (files) => countForeseen(context, run_id, { agent, files }, signal);
    if (run.exists) await fixList(context, run, observer, count);
  } catch (thrown) {
    if (isAbort(thrown) || signal.aborted) return false;
    const { kind, code, message, hint } = toRunnerError(thrown);
    if (kind === "transient" || code === "journal_damaged") throw thrown;
    logger.error({ agent_id: request.agent.id, run_id, err: thrown }, "A scan failed");
    context.problems.fail(request.agent.id, { code, message, hint });
    if (!run.exists) return false;
    noteRunError(journal, run_id, { code, message, hint });
    await fixList(context, run, observer, countRoughly);
  }
  return true;
}

function toListing(context: ListingContext, run: ListedRun): Listing {
  const { agent, recipe, base_recipe, force, dry_run, trigger, by_hand } = run.request;
  const retiresGone = agent.on_delete === "retire";
  const retires = retiresGone || agent.on_drop === "retire";
  const of = (file_id: string): Omit<Returned, "job_id"> => ({
    file_id,
    agent_id: agent.id,
    on_drop: agent.on_drop ?? "mark",
    on_delete: agent.on_delete,
    run_id: run.exists ? run.run_id : null,
  });
  return {
    agent,
    recipe,
    base_recipe,
    run_id: run.run_id,
    force,
    takes_put_off: by_hand,
    takes_cancelled: by_hand || trigger === "cron",
    takes_dry_run: by_hand || trigger === "cron" || trigger === "startup",
    dry_run,
    rank: by_hand ? BY_HAND_RANK : RANKS[trigger],
    ensureRun() {
      if (run.exists) return;
      insertStarted(context, run.run_id, run.request);
      run.exists = true;
    },
    hasRun: () => run.exists,
    onReverted: (fileId, job_id, at) => context.onReverted({ ...of(fileId), job_id }, at),
    onCopied(fileId, job_id, at) {
      if (retires) context.onCopied({ ...of(fileId), job_id }, at);
    },
    onDeleted(fileId, at) {
      if (retiresGone) context.onDeleted(of(fileId), at);
    },
  };
}

/** About how many notes, tasks and projects the built-in rules would make of new files. */
type Count = (files: readonly NewFile[]) => number | Promise<number>;

async function fixList(
  context: ListingContext,
  run: ListedRun,
  observer: Observer,
  count: Count,
): Promise<void> {
  const { journal, clock } = context;
  const consent = await findConsent(context, run, observer, count);
  markListed(journal, run.run_id, observer.counts, toInstant(clock.now()), consent);
}

/** Whether a run waits for a person before it does anything. */
async function findConsent(
  { journal, isRead }: ListingContext,
  { run_id, request: { agent, asks_above, dry_run } }: ListedRun,
  observer: Observer,
  count: Count,
): Promise<RunConsent> {
  if (asks_above === null || observer.countUnasked() <= asks_above.files) return NO_CONSENT;
  if (asks_above.entities === null) {
    const filter = isRead({ agent });
    const isFew = filter && sumWaiting(journal, run_id, filter).files <= asks_above.files;
    return isFew === true ? NO_CONSENT : { awaits: true, foreseen_entities: null };
  }
  // A dry run writes nothing, and shows what would be written.
  const files = dry_run ? [] : listNewFiles(journal, run_id);
  if (files.length <= asks_above.files) return NO_CONSENT;
  const foreseen_entities = await count(files);
  return { awaits: foreseen_entities > asks_above.entities, foreseen_entities };
}

// A note and a task.
const ROUGHLY_PER_FILE = 2;

function countRoughly({ length }: readonly NewFile[]): number {
  return length * ROUGHLY_PER_FILE;
}

/** Counts once: a document that ends the process must not end it again at every start. */
async function countForeseen(
  { journal, foresee }: ListingContext,
  runId: string,
  of: Parameters<Foresee>[0],
  signal: AbortSignal,
): Promise<number> {
  const begun = findRunRow(journal, runId)?.foreseen_entities ?? null;
  if (begun !== null) return begun;
  saveForeseen(journal, runId, countRoughly(of.files));
  try {
    return await foresee(of, signal);
  } catch (error) {
    saveForeseen(journal, runId, null);
    throw error;
  }
}

function saveSummary(
  { journal, clock, problems }: ListingContext,
  { run_id, request, exists }: ListedRun,
  summary: ScanSummary,
): void {
  problems.update(request, summary);
  journal.transaction(() => {
    for (const { path, identity, online, mounts } of summary.roots) {
      const directory = { agent_id: request.agent.id, path, identity, online };
      saveDirectory(journal, directory, toInstant(clock.now()));
      const { agent_id } = directory;
      if (mounts !== null) saveMounts(journal, { agent_id, root: path }, mounts);
    }
    const first = summary.roots.find(({ problem }) => problem !== null)?.problem;
    if (first && exists) noteRunError(journal, run_id, first);
  });
}
