import { lstatSync } from "node:fs";
import path from "node:path";
import type { Admission, Reading } from "./agents/admission.ts";
import { withChanges } from "./agents/changed-text.ts";
import { openReplies } from "./agents/open-replies.ts";
import { callLimitsOf } from "./agent/call-limit.ts";
import { type LoopOutcome, runLoop } from "./agent/loop.ts";
import type { Model } from "./agent/model/model.ts";
import { explainNoResult } from "./agent/no-result.ts";
import { mayMakeProjects, maySayGone, selectToolsFor } from "./agent/toolbox.ts";
import { commit } from "./commit/commit.ts";
import { listEarlier } from "./commit/earlier.ts";
import { mayNameOthers } from "./commit/may-name.ts";
import { propose } from "./commit/propose.ts";
import type { Retiring } from "./commit/retire.ts";
import { confirmUnchanged } from "./commit/still-there.ts";
import { openVeiledWorkspace, type VeiledWorkspace } from "./commit/veiled-workspace.ts";
import { type Clock, toInstant, toLocalDay } from "./core/clock.ts";
import { isAbort, RunnerError, toRunnerError } from "./core/errors.ts";
import { findOpening, parseHours } from "./core/hours.ts";
import { createFence } from "./core/id.ts";
import {
  beginAnew,
  findBegunDocument,
  fixFrame,
  idsOf,
  readConversation,
} from "./journal/attempts.ts";
import { isInDryRun } from "./journal/dry-run.ts";
import { listAlive } from "./journal/entities.ts";
import { type FileRow, listFilesOfJob, unsettleFile } from "./journal/files.ts";
import { type ClaimedJob, isByHand } from "./journal/jobs.ts";
import type { Journal } from "./journal/open.ts";
import { noteToolUse } from "./journal/tool-use.ts";
import type { Isolate } from "./preprocess/isolate.ts";
import { EXTRACTOR_VERSION, preprocess, type Snapshot } from "./preprocess/preprocess.ts";
import { readSnapshot } from "./preprocess/snapshot.ts";
import { type Agent, RULES } from "./protocol/agent.ts";
import type { Allowance } from "./protocol/budget.ts";
import type { Document, Frame } from "./protocol/document.ts";
import type { Warning } from "./protocol/warning.ts";
import type { EndpointAccount, EndpointHolds } from "./queue/endpoint-holds.ts";
import type { WorkOutcome } from "./queue/work.ts";
import type { JobOutcome } from "./queue/settle.ts";

/*
 * One job on one screen: read the bytes, make a document of them, let the agent's model stage its writes,
 * commit them with the journal row. It promises that a job commits for the content it read, or not at all.
 * It never writes to the file. A crash anywhere before the commit leaves a job that is done again from its
 * stored replies; after it, a job that is done.
 */

export interface PipelineContext {
  journal: Journal;
  clock: Clock;
  agent: Agent;
  recipe: string;
  base_recipe: string;
  /** What its requests may come to. */
  allowances: readonly Allowance[];
  /** What its requests count for; undefined: it sends none. */
  account: EndpointAccount | undefined;
  endpoints: EndpointHolds;
  /** Where documents that are risky to read are read. */
  isolate: Isolate;
  /** Decides who reads a job's files. */
  admission: Admission;
  /** The model that reads; the agent's own, or the built-in rules. @throws {RunnerError} if it cannot be used now */
  model(by: Reading["by"]): Model;
  /** No further request is begun once this aborts; the one in flight may end and be stored. */
  stop: AbortSignal;
  /** Ends the request in flight. */
  abort: AbortSignal;
}

/** Does one claimed job. */
export async function runJob(job: ClaimedJob, context: PipelineContext): Promise<WorkOutcome> {
  try {
    if (job.base_recipe !== context.base_recipe) {
      // Nothing of this waits for anything, and there may be thousands: let the rest have its turn.
      await new Promise(setImmediate);
      if (isInDryRun(context.journal, job.job_id)) throw settingsChanged();
      return sendAllBack(job, context);
    }
    const files = listFilesOfJob(context.journal, job);
    const reading = await context.admission.admit(files, context.stop);
    const early = findEarly(job, reading, context);
    if (early !== undefined) return early;
    const found = await readJobFile(job, context);
    if ("outcome" in found) return found;
    const { file, snapshot } = found;
    dropUnfit(job, reading, context);

    const begun =
      job.recipe === context.recipe ? undefined : findBegunDocument(context.journal, job);
    if (begun !== undefined) {
      return await think(job, { file, snapshot, document: begun, reading }, context);
    }

    const preprocessed = await preprocess(snapshot, path.basename(file.path), {
      isolate: context.isolate,
      signal: context.stop,
    });
    if (preprocessed.outcome === "skipped") return preprocessed;
    const { document } = preprocessed;

    return await think(job, { file, snapshot, document, reading }, context);
  } catch (thrown) {
    if (isAbort(thrown)) return { outcome: "interrupted" };
    const error = toRunnerError(thrown);
    // A bug of ours fails the file and is logged. What time or a person can fix leaves it waiting.
    const isFault = error.kind === "user" || error.kind === "transient";
    return { outcome: isFault ? "fault" : "failed", error };
  }
}

/** A job that the model does in the background waits for the hours of the model. */
function findEarly(
  job: ClaimedJob,
  { by }: Reading,
  { agent: { model }, admission, clock }: PipelineContext,
): JobOutcome | undefined {
  const hours = model.hours === null ? undefined : parseHours(model.hours);
  const isFree = by === "rules" || model.provider === RULES || isByHand(job);
  if (hours === undefined || isFree) return undefined;
  const until = findOpening(hours, clock.now());
  // The built-in rules may read other files of the run now.
  const concerns_run = !admission.mayFallBack();
  return until === null ? undefined : { outcome: "early", until, concerns_run };
}

/** Drops what an earlier attempt left of a conversation that must not go on with this reader. */
function dropUnfit(job: ClaimedJob, reading: Reading, { journal, agent }: PipelineContext): void {
  const { providers, shown, is_unknown, shows_removed } = readConversation(journal, job);
  if (providers.size === 0 && job.frame === null) return;
  const isOther =
    reading.by === "rules"
      ? providers.has("openai")
      : agent.model.provider !== RULES && providers.has(RULES);
  const files = listFilesOfJob(journal, job);
  const isRestricted = (is_unknown || shows_removed) && reading.veil(files) !== undefined;
  if (!isOther && !isRestricted && reading.isStillAllowed(files, shown)) return;
  beginAnew(journal, job, {
    code: "settings_changed",
    message: "What may be sent has changed since, so this reply is not used.",
    hint: null,
  });
}

function settingsChanged(): RunnerError {
  return new RunnerError("settings_changed", "The agent's settings changed during the dry run.", {
    hint: "Start the dry run again.",
  });
}

/** A job of a recipe that the user has changed since is not done: its files are looked at again. */
function sendAllBack(job: ClaimedJob, { journal, clock }: PipelineContext): JobOutcome {
  const next_attempt_at = toInstant(clock.now());
  for (const { file_id } of listFilesOfJob(journal, job)) {
    unsettleFile(journal, file_id, { reason: "recipe_changed", next_attempt_at });
  }
  return { outcome: "changed" };
}

/** Reads the first of the job's files that still has the job's content; sends the others back. */
async function readJobFile(
  job: ClaimedJob,
  context: PipelineContext,
): Promise<{ file: FileRow; snapshot: Snapshot } | JobOutcome> {
  const { journal, agent, stop } = context;
  let verdict: JobOutcome = { outcome: "changed" };
  for (const file of listFilesOfJob(journal, job)) {
    const read = await readSnapshot(file.path, {
      root: file.root,
      maxBytes: agent.max_file_bytes,
      signal: stop,
    });
    switch (read.outcome) {
      case "read":
        if (read.snapshot.hash === job.hash) return { file, snapshot: read.snapshot };
        sendBack(job, file, context);
        break;
      case "gone":
        // The scan tells a file that was deleted from one that was moved, or whose whole directory is away.
        sendBack(job, file, context, file.hash);
        break;
      case "changed":
      case "skipped":
        sendBack(job, file, context);
        break;
      case "failed":
        if (read.error.kind === "job") verdict = read;
        else sendBack(job, file, context);
        break;
    }
  }
  return verdict;
}

interface Subject {
  file: FileRow;
  snapshot: Snapshot;
  document: Document;
  reading: Reading;
}

/** Says that no model read a file. */
function readByRules({ instead }: Reading): Warning[] {
  return instead === null
    ? []
    : [{ code: "read_by_rules", message: `The built-in rules read it, no model: ${instead}` }];
}

async function think(
  job: ClaimedJob,
  subject: Subject,
  context: PipelineContext,
): Promise<WorkOutcome> {
  const { file, document, reading } = subject;
  const { journal, clock, agent, recipe, account, endpoints, stop, abort } = context;
  const model = context.model(reading.by);
  const files = listFilesOfJob(journal, job);
  const file_ids = files.map(({ file_id }) => file_id);
  const isHidden = reading.veil(files);
  const of = { file_ids, saysGone: maySayGone(agent.tools), isHidden };
  const isNewOnly = (): boolean =>
    model.is_uncached && !mayNameOthers(journal, document.text, isHidden);
  const framed = proposeFrame(journal, file, { ...of, isNewOnly }, clock.now());
  const proposed = {
    frame: withChanges(journal, { job, agent, document, files, isHidden, by: reading.by }, framed),
    document,
    extractor: EXTRACTOR_VERSION,
    recipe,
  };
  const frame = fixFrame(journal, job, proposed, toInstant(clock.now()));
  const workspace = openVeiledWorkspace(journal, {
    job_id: job.job_id,
    agent_id: agent.id,
    file_ids,
    text: document.text,
    max_changes: agent.max_changes_per_file,
    has_fixed_projects: !mayMakeProjects(agent.tools),
    isHidden,
    without_passage: listWithoutPassage(frame),
  });
  const shows_removed = frame.shows_removed === true;
  const { shown } = workspace;
  const asking = { model, file, framed: idsOf(frame), shown, reading, shows_removed };
  const ended = await runLoop({
    instructions: agent.instructions,
    frame,
    document,
    model,
    tools: selectToolsFor(agent.tools, frame),
    workspace,
    mayAsk: () => reading.by === "model" && account && endpoints.check(account, job.run_id),
    replies: openReplies(job, asking, context),
    max_iterations: agent.max_iterations,
    call_limits: callLimitsOf(agent),
    stop,
    abort,
  });
  return conclude(job, subject, { ended, workspace, frame }, context);
}

/** Commits what the loop of a job staged, or says why it failed. */
function conclude(
  job: ClaimedJob,
  { file, snapshot, document, reading }: Subject,
  { ended, workspace, frame }: { ended: LoopOutcome; workspace: VeiledWorkspace; frame: Frame },
  { journal, clock, agent }: PipelineContext,
): WorkOutcome {
  const { outcome, tool_results, warnings } = ended;
  if (reading.instead === null) noteToolUse(journal, agent.model, job, tool_results.size > 0);
  const said = workspace.changeSet();
  const error = explainNoResult(outcome, said);
  if (error !== undefined) return { outcome: "failed", error };
  const has = { file_id: file.file_id, text: document.text };
  const change_set = frame.changes === undefined ? said : confirmUnchanged(journal, said, has);
  const lost = [...document.warnings, ...warnings, ...workspace.warnings()];
  const isWhole = outcome === "complete" && lost.length === 0;
  const isChanged = !isAsRead(file.path, snapshot);
  const next_attempt_at = inSeconds(agent.resettle_seconds, clock);
  // Asked now: another run may have adopted the job since it was claimed.
  const write = isInDryRun(journal, job.job_id) ? propose : commit;
  const written = write(
    journal,
    {
      job,
      change_set,
      tool_results,
      ...(isWhole && { read_whole: { text: document.text, ...retiringOf(agent) } }),
      warnings: [...readByRules(reading), ...lost],
      changed_files: isChanged ? [{ file_id: file.file_id, next_attempt_at }] : [],
    },
    toInstant(clock.now()),
  );
  return { outcome: written ? "committed" : "fenced" };
}

function listWithoutPassage({ earlier }: Frame): Set<string> {
  return new Set(earlier.filter(({ has_no_passage }) => has_no_passage).map(({ id }) => id));
}

function retiringOf({ on_drop = "mark", on_delete }: Agent): Retiring {
  return { on_drop, on_delete };
}

// How many projects and earlier entities the first request lists; tools find the rest.
const PROJECTS_LISTED = 100;
const EARLIER_LISTED = 100;
// Another machine may have another clock.
const DAY_MS = 24 * 60 * 60_000;

function proposeFrame(
  journal: Journal,
  file: FileRow,
  {
    file_ids,
    saysGone,
    isHidden,
    isNewOnly,
  }: {
    file_ids: readonly string[];
    saysGone: boolean;
    isHidden: ((entityId: string) => boolean) | undefined;
    /** Whether a file that nothing came from before needs only the tools for new things. */
    isNewOnly: () => boolean;
  },
  now: number,
): Frame {
  const active = { status: "active" };
  const projects = listAlive(journal, "project", active, PROJECTS_LISTED, isHidden);
  const earlier = listEarlier(journal, file_ids, EARLIER_LISTED, saysGone, isHidden);
  return {
    fence: createFence(),
    today: toLocalDay(now),
    file_name: path.basename(file.path),
    relative_path: path.relative(file.root, file.path).replaceAll(path.sep, "/"),
    modified_at: toInstant(changedAt(file, now)),
    projects: projects.map(({ id, fields }) => ({ id, name: fields.name })),
    earlier,
    ...(earlier.length === 0 && isNewOnly() && { only_new: true }),
  };
}

/** When the file was last changed, in milliseconds; now where its file system reports no time that can be. */
function changedAt({ mtime_ms }: FileRow, now: number): number {
  return mtime_ms !== null && mtime_ms >= 0 && mtime_ms <= now + DAY_MS ? mtime_ms : now;
}

function sendBack(
  { job_id }: ClaimedJob,
  file: FileRow,
  { journal, clock, agent }: PipelineContext,
  hash: string | null = null,
): void {
  // Not due in a dry run: the run that does due files would write.
  const isDry = isInDryRun(journal, job_id);
  const next_attempt_at = isDry ? null : inSeconds(agent.settle_seconds, clock);
  unsettleFile(journal, file.file_id, { reason: "changed", next_attempt_at, hash });
}

function inSeconds(seconds: number, clock: Clock): string {
  return toInstant(clock.now() + seconds * 1000);
}

/** Whether the file's stats are still those its bytes were read under. */
function isAsRead(file: string, snapshot: Snapshot): boolean {
  try {
    const stats = lstatSync(file);
    return (
      stats.size === snapshot.size &&
      stats.mtimeMs === snapshot.mtime_ms &&
      stats.ctimeMs === snapshot.ctime_ms &&
      stats.ino === snapshot.inode
    );
  } catch {
    // Deleted, or out of reach by now: the scan finds out which.
    return false;
  }
}
