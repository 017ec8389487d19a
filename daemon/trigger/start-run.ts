import type { Clock } from "../core/clock.ts";
import { RunnerError } from "../core/errors.ts";
import { createId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";
import type { MaySend } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { findRunningRun, type RunRow } from "../journal/runs.ts";
import type { Agent } from "../protocol/agent.ts";
import type { DirectoryCoverage } from "../protocol/verify.ts";
import type { FileError } from "../protocol/file.ts";
import type { Scanner } from "../scan/scan.ts";
import { createDirectoryProblems } from "./directory-problems.ts";
import { type Foresee, insertStarted, type ListingContext } from "./list-files.ts";
import { createListings } from "./listings.ts";
import type { Returned, RunRequest } from "./run-request.ts";
import { toCoverageRequest, type ScanOptions } from "./scan-request.ts";

/*
 * Why work starts: a trigger makes a run, a scan lists its files, and its jobs wait to be claimed. It
 * promises one run per agent at a time, and that a file is never seen without being accounted for. It
 * never reads a file's meaning. A crash while listing costs only the listing, which is done again.
 */

export interface RunStarterOptions extends ScanOptions {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  /** Stays open when the starter stops. */
  scanner: Scanner;
  /** Applies a job's results to a file again; joins the open transaction. */
  onReverted(of: Returned, now: string): void;
  /** Restores the retired results of a job for a copy of its file; joins the open transaction. */
  onCopied(of: Returned, now: string): void;
  /** Retires the entities whose only source is a deleted file; joins the open transaction. */
  onDeleted(of: Omit<Returned, "job_id">, now: string): void;
  foresee: Foresee;
  /** Which files of an agent are read under its settings. */
  isRead(of: { agent: Agent }): MaySend;
  /** Called when a listing has ended in any way, even if its run was never written. */
  onListed(runId: string, agentId: string): void;
}

export interface RunStarter {
  /**
   * Starts a run and gives its id; its files are listed in the background.
   *
   * @throws {RunnerError} run_in_progress with `data.run_id`
   */
  start(request: RunRequest): string;
  /**
   * Lists an agent's files, and makes a run of it only if something is to do. Gives whether it came to
   * the end: a run that is started by hand meanwhile takes its place.
   */
  startIfNeeded(request: RunRequest): Promise<boolean>;
  /** Goes on with a run that a process before this one left running. */
  resume(
    run: RunRow,
    request: Pick<RunRequest, "agent" | "recipe" | "base_recipe" | "asks_above">,
  ): void;
  /** Ends the listing of a run, or of an agent. */
  abandon(agentId: string): void;
  /** What the last look at each directory of an agent found wrong, and what keeps a listing from being written. */
  problems(agent: Pick<Agent, "id" | "directories">): readonly FileError[];
  /** Counts what is on disk against the journal, for each directory of an agent. */
  readCoverage(agent: Agent): Promise<DirectoryCoverage[]>;
  stop(): Promise<void>;
}

export function createRunStarter(options: RunStarterOptions): RunStarter {
  const { journal, scanner } = options;
  const stopping = new AbortController();
  const problems = createDirectoryProblems();
  const context: ListingContext = { ...options, problems };
  const listings = createListings(context, options.onListed, stopping.signal);

  return {
    start(request) {
      const { id } = request.agent;
      const running = findRunningRun(journal, id);
      if (running !== undefined) throw runInProgress(id, running.run_id);
      const run_id = createId("run");
      insertStarted(context, run_id, request);
      void listings.begin({ run_id, request, exists: true });
      return run_id;
    },
    async startIfNeeded(request) {
      const { id } = request.agent;
      if (listings.has(id) || findRunningRun(journal, id) !== undefined) return false;
      return listings.begin({ run_id: createId("run"), request, exists: false });
    },
    resume(run, request) {
      const { run_id, agent_id } = run;
      if (run.listed_at !== null) options.onListed(run_id, agent_id);
      else void listings.begin({ run_id, request: toRequest(run, request), exists: true });
    },
    abandon: listings.abandon,
    readCoverage: (agent) =>
      scanner.readCoverage(toCoverageRequest(options, agent), { signal: stopping.signal }),
    problems: (agent) => [...listings.faults(agent.id), ...problems.of(agent)],
    async stop() {
      stopping.abort();
      await listings.end();
    },
  };
}

function runInProgress(agentId: string, run_id: string): RunnerError {
  return new RunnerError("run_in_progress", `The agent ${agentId} already has a run: ${run_id}.`, {
    hint: "Wait for it to end, or cancel it.",
    data: { run_id },
  });
}

/** What a run was asked for, from its row. */
function toRequest(
  { trigger, force, dry_run, paths }: RunRow,
  request: Pick<RunRequest, "agent" | "recipe" | "base_recipe" | "asks_above">,
): RunRequest {
  return {
    ...request,
    trigger,
    by_hand: trigger === "manual",
    force: force === 1,
    dry_run: dry_run === 1,
    paths: paths === null ? null : (JSON.parse(paths) as string[]),
    shallow: false,
  };
}
