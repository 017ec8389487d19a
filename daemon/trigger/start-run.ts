import { type Clock, toInstant } from "../core/clock.ts";
import { isAbort, RunnerError, toRunnerError } from "../core/errors.ts";
import { createId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";
import { listScannedDirectories, saveDirectory } from "../journal/directories.ts";
import { appendEvent } from "../journal/events.ts";
import { hasStaleResults } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import {
  findRunningRun,
  findRunRow,
  insertRun,
  markListed,
  noteRunError,
  type RunRow,
} from "../journal/runs.ts";
import type { Agent } from "../protocol/agent.ts";
import type { DirectoryCoverage } from "../protocol/api.ts";
import type { FileError } from "../protocol/file.ts";
import type { Trigger } from "../protocol/run.ts";
import { isWithin } from "../scan/boundary.ts";
import { createObserver, type Observer } from "./observe.ts";
import { openScanner } from "../scan/scan.ts";
import type { CoverageRequest, ScanRequest, ScanSummary } from "../scan/scan-messages.ts";

/*
 * Why work starts: a trigger makes a run, a scan lists its files, and its jobs wait to be claimed. It
 * promises one run per agent at a time, and that a file is never seen without being accounted for. It
 * never reads a file's meaning. A crash while listing costs only the listing, which is done again.
 */

export interface RunRequest {
  agent: Agent;
  recipe: string;
  base_recipe: string;
  /** With more files to do than this, they wait until the run is confirmed; null: it never asks. */
  asks_above: number | null;
  trigger: Trigger;
  /** Somebody asked for it and waits: it comes first, and takes up at once what is put off. */
  by_hand: boolean;
  force: boolean;
  /** Nothing is committed: what it comes to is kept as proposals. */
  dry_run: boolean;
  /** Only these files or directories; absolute. null: all. */
  paths: readonly string[] | null;
  /** Of directories in `paths`, only the files directly in them. */
  shallow: boolean;
}

/** A file that has the content for which a job was done. */
interface Returned {
  job_id: string;
  file_id: string;
  agent_id: string;
  /** The run that found it; null where there is none. */
  run_id: string | null;
}

export interface RunStarterOptions {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  places: ScanRequest["places"];
  unreadableEndings: readonly string[];
  /** Applies again what a job recorded for a file; joins the transaction that is open. */
  onReverted(of: Returned, now: string): void;
  /** Takes back into use what was retired of that which a job recorded, for a copy; joins the transaction. */
  onCopied(of: Returned, now: string): void;
  /** Retires what rested on a deleted file alone; joins the transaction that is open. */
  onDeleted(of: { file_id: string; agent_id: string; run_id: string | null }, now: string): void;
  /** Called when a listing has ended in whatever way, and whether or not there is a run of that id. */
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
  /** What an agent's scans found wrong with its directories, as of the last look at each, or what keeps it from being written. */
  problems(agent: Pick<Agent, "id" | "directories">): readonly FileError[];
  /** Counts what is on disk against the journal, for each directory of an agent. */
  readCoverage(agent: Agent): Promise<DirectoryCoverage[]>;
  stop(): Promise<void>;
}

type DirectoryProblem = ScanSummary["problems"][number];

interface ListingInProgress {
  abort: AbortController;
  /** Whether the listing came to its end. */
  done: Promise<boolean>;
}

// How long to wait before the journal is asked again when it could not be written.
const JOURNAL_PAUSE_MS = 5_000;
const BY_HAND_RANK = 0;
const RANKS: Record<Trigger, number> = { manual: 0, watch: 1, cron: 2, startup: 2, retry: 2 };

export function createRunStarter(options: RunStarterOptions): RunStarter {
  const { journal, clock, logger } = options;
  const listings = new Map<string, ListingInProgress>();
  const problems = new Map<string, readonly DirectoryProblem[]>();
  const faults = new Map<string, readonly FileError[]>();
  const stopping = new AbortController();
  const scanner = openScanner();
  const now = (): string => toInstant(clock.now());

  function insert(runId: string, request: RunRequest): void {
    const { agent, trigger, force, dry_run, paths } = request;
    journal.transaction(() => {
      const run = { run_id: runId, agent_id: agent.id, trigger, force, dry_run, paths };
      insertRun(journal, run, now());
      const event = { type: "run.started", run_id: runId, agent_id: agent.id, trigger } as const;
      appendEvent(journal, event, now());
    });
  }

  /** Begins to list in the background; an agent has one listing at a time, the later one counts. */
  function begin(runId: string, request: RunRequest, exists: boolean): Promise<boolean> {
    const agentId = request.agent.id;
    const earlier = listings.get(agentId);
    earlier?.abort.abort();
    const abort = new AbortController();
    const done = (earlier?.done ?? Promise.resolve(true)).then(conduct);
    const listing = { abort, done };
    listings.set(agentId, listing);
    return done;

    /** Lists until the end of it is written: a run whose list is not fixed would hold its agent for good. */
    async function conduct(): Promise<boolean> {
      let isComplete: boolean | undefined;
      for (;;) {
        try {
          isComplete ??= await list(runId, request, exists, abort.signal);
          if (listings.get(agentId) === listing) listings.delete(agentId);
          options.onListed(runId, agentId);
          faults.delete(agentId);
          return isComplete;
        } catch (thrown) {
          const { code, message, hint } = toRunnerError(thrown);
          faults.set(agentId, [{ code, message, hint }]);
          const fields = { agent_id: agentId, run_id: runId, err: thrown };
          logger.error(fields, "A listing could not be written; trying again");
          if (isComplete === undefined) exists = findRunRow(journal, runId) !== undefined;
        }
        try {
          await clock.sleep(JOURNAL_PAUSE_MS, stopping.signal);
        } catch {
          // Stopping: the next start lists it.
          return false;
        }
      }
    }
  }

  /** @throws {RunnerError} journal_unwritable */
  async function list(
    runId: string,
    request: RunRequest,
    exists: boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { agent, recipe, base_recipe, force, dry_run, trigger, by_hand } = request;
    let isThere = exists;
    const observer = createObserver(journal, {
      agent,
      recipe,
      base_recipe,
      run_id: runId,
      force,
      takes_put_off: by_hand,
      takes_cancelled: by_hand || trigger === "cron",
      takes_dry_run: by_hand || trigger === "cron" || trigger === "startup",
      dry_run,
      rank: by_hand ? BY_HAND_RANK : RANKS[trigger],
      ensureRun() {
        if (isThere) return;
        insert(runId, request);
        isThere = true;
      },
      hasRun: () => isThere,
      onReverted(file_id, job_id, at) {
        const run_id = isThere ? runId : null;
        options.onReverted({ job_id, file_id, agent_id: agent.id, run_id }, at);
      },
      onCopied(file_id, job_id, at) {
        if (agent.on_delete !== "retire") return;
        const run_id = isThere ? runId : null;
        options.onCopied({ job_id, file_id, agent_id: agent.id, run_id }, at);
      },
      onDeleted(file_id, at) {
        if (agent.on_delete !== "retire") return;
        const run_id = isThere ? runId : null;
        options.onDeleted({ file_id, agent_id: agent.id, run_id }, at);
      },
    });
    try {
      for await (const part of scanner.scan(toScanRequest(request), { signal })) {
        if (signal.aborted) return false;
        if (part.kind === "batch") observer.observe(part, now());
        else takeSummary(runId, request, part, isThere);
      }
      if (signal.aborted) return false;
      if (!isThere) return true;
      fixList(runId, observer, request);
    } catch (thrown) {
      if (isAbort(thrown) || signal.aborted) return false;
      const { kind, code, message, hint } = toRunnerError(thrown);
      if (kind === "transient") throw thrown;
      logger.error({ agent_id: agent.id, run_id: runId, err: thrown }, "A scan failed");
      if (!isThere) return false;
      noteRunError(journal, runId, { code, message, hint });
      fixList(runId, observer, request);
    }
    return true;
  }

  function fixList(runId: string, observer: Observer, { asks_above }: RunRequest): void {
    const awaits = asks_above !== null && observer.countUnasked() > asks_above;
    markListed(journal, runId, observer.counts, now(), awaits);
  }

  function takeSummary(
    runId: string,
    request: RunRequest,
    summary: ScanSummary,
    hasRun: boolean,
  ): void {
    const agentId = request.agent.id;
    const rootProblems = summary.roots.flatMap(({ path, problem }) =>
      problem === null ? [] : [{ path, ...problem }],
    );
    const roots = new Set(summary.roots.map(({ path }) => path));
    const others = (problems.get(agentId) ?? []).filter(
      ({ path }) => !roots.has(path) && !looksAt(request, path),
    );
    problems.set(agentId, [...rootProblems, ...others, ...summary.problems]);
    journal.transaction(() => {
      for (const root of summary.roots) {
        saveDirectory(
          journal,
          { agent_id: agentId, path: root.path, identity: root.identity, online: root.online },
          now(),
        );
      }
      const first = summary.roots.find(({ problem }) => problem !== null)?.problem;
      if (first && hasRun) noteRunError(journal, runId, first);
    });
  }

  function toScanRequest(request: RunRequest): ScanRequest {
    const { agent, force, paths, shallow, by_hand } = request;
    return {
      ...toCoverageRequest(agent),
      unreadable_endings: options.unreadableEndings,
      paths: paths && withNested(paths, by_hand ? agent.directories : []),
      shallow,
      // Whether the same content needs work again is decided for each file when it is observed.
      force: force || hasStaleResults(journal, agent, request),
      settle_ms: by_hand ? 0 : agent.settle_seconds * 1000,
      resettle_ms: by_hand ? 0 : agent.resettle_seconds * 1000,
    };
  }

  /** Who names a directory by hand means the watched ones inside it, too, whatever their `watch`. */
  function withNested(paths: readonly string[], directories: Agent["directories"]): string[] {
    const nested = directories.filter((inner) =>
      paths.some((outer) => isWithin(outer, inner.path)),
    );
    return [...new Set([...paths, ...nested.map(({ path }) => path)])];
  }

  function toCoverageRequest(agent: Agent): CoverageRequest {
    const identities = listScannedDirectories(journal, agent.id);
    return {
      agent: {
        id: agent.id,
        extensions: agent.extensions,
        modified_after: agent.modified_after,
        max_file_bytes: agent.max_file_bytes,
      },
      directories: agent.directories.map(({ path, max_depth, include, exclude }) => ({
        path,
        max_depth,
        include,
        exclude,
        identity: identities.get(path) ?? null,
      })),
      places: options.places,
    };
  }

  return {
    start(request) {
      const running = findRunningRun(journal, request.agent.id);
      if (running !== undefined) {
        throw new RunnerError(
          "run_in_progress",
          `The agent ${request.agent.id} has a run already: ${running.run_id}.`,
          {
            hint: "Wait for it to end, or cancel it.",
            data: { run_id: running.run_id },
          },
        );
      }
      const runId = createId("run");
      insert(runId, request);
      void begin(runId, request, true);
      return runId;
    },
    async startIfNeeded(request) {
      const { id } = request.agent;
      if (listings.has(id) || findRunningRun(journal, id) !== undefined) return false;
      return begin(createId("run"), request, false);
    },
    resume(run, request) {
      if (run.listed_at !== null) {
        options.onListed(run.run_id, run.agent_id);
        return;
      }
      const { run_id, trigger } = run;
      const again: RunRequest = {
        ...request,
        trigger,
        by_hand: trigger === "manual",
        force: run.force === 1,
        dry_run: run.dry_run === 1,
        paths: run.paths === null ? null : (JSON.parse(run.paths) as string[]),
        shallow: false,
      };
      void begin(run_id, again, true);
    },
    abandon(agentId) {
      listings.get(agentId)?.abort.abort();
    },
    readCoverage: (agent) =>
      scanner.readCoverage(toCoverageRequest(agent), { signal: stopping.signal }),
    problems({ id, directories }) {
      // Those of a directory that went out of the config say nothing any more.
      const isWatched = (path: string): boolean =>
        directories.some((directory) => isWithin(directory.path, path));
      const found = problems.get(id)?.filter(({ path }) => isWatched(path)) ?? [];
      return [...(faults.get(id) ?? []), ...found];
    },
    async stop() {
      stopping.abort();
      const all = [...listings.values()];
      for (const listing of all) listing.abort.abort();
      await Promise.all(all.map((listing) => listing.done));
      await scanner[Symbol.asyncDispose]();
    },
  };
}

/** Whether a scan for the request finds out if a directory below a root can be read. */
function looksAt({ paths, shallow }: RunRequest, directory: string): boolean {
  if (paths === null) return true;
  return paths.some((wanted) => (shallow ? wanted === directory : isWithin(wanted, directory)));
}
