import type { Roster } from "../agents/roster.ts";
import {
  countBacklog,
  countReady,
  findLastTurn,
  listWorked,
  type RunBacklog,
  type Worked,
} from "../journal/backlog-views.ts";
import type { Journal } from "../journal/open.ts";
import { listRunningRuns, type RunRow } from "../journal/runs.ts";
import { OUTSIDE_HOURS, QUIET_REASONS } from "../journal/wait-reason.ts";
import { listWaits } from "../journal/wait-views.ts";
import type { Agent } from "../protocol/agent.ts";
import type { Backlog } from "../protocol/backlog.ts";
import type { Pauses } from "../queue/pauses.ts";
import { laneOf } from "../queue/work.ts";

export interface BacklogInput {
  journal: Journal;
  roster: Pick<Roster, "all">;
  pauses: Pick<Pauses, "of">;
}

/** An agent's run in progress, and what of it is left. */
interface Work {
  agent: Agent;
  run: RunRow;
  files: RunBacklog;
  /** Whether its jobs may be claimed now. */
  moves: boolean;
}

/**
 * Gives the backlog of an agent: the files of its run in progress, and those that wait for a reason. null: no file
 * waits for its model.
 *
 * The time left is measured: the usual time of the files that its run did last, for its own files and for files of other
 * agents that the same endpoint does before them. It is unknown until enough files are done.
 */
export function readBacklogs(input: BacklogInput): (agent: Agent) => Backlog | null {
  const { journal } = input;
  const putOff = readPutOff(journal);
  const works = listWork(input);
  return ({ id }) => {
    const work = works.find(({ agent }) => agent.id === id);
    const { settled: done, working, ready } = work?.files ?? NOTHING;
    const { files: later, until } = putOff.get(id) ?? NONE;
    const left = working + ready + later;
    if (left === 0) return null;
    const isHeld = work !== undefined && work.run.listed_at !== null && !work.moves;
    return {
      done,
      total: done + left,
      waiting: later + (isHeld ? ready : 0),
      ...(until !== undefined && { waiting_until: until }),
      seconds_left: work?.moves && working + ready > 0 ? estimate(journal, work, works) : null,
    };
  };
}

const NOTHING: RunBacklog = { settled: 0, skipped: 0, working: 0, ready: 0 };
// No time heals what may not be sent.
const QUIET: ReadonlySet<string> = new Set<string>([...QUIET_REASONS, "not_allowed"]);

/** The files of an agent that are tried again later, and when the hours begin that they wait for. */
interface PutOff {
  files: number;
  until: string | undefined;
}

const NONE: PutOff = { files: 0, until: undefined };

function readPutOff(journal: Journal): Map<string, PutOff> {
  const byAgent = new Map<string, PutOff>();
  for (const { agent_id, reason, put_off, next_attempt_at } of listWaits(journal)) {
    const isEarly = reason === OUTSIDE_HOURS;
    if (QUIET.has(reason) && !isEarly) continue;
    const { files, until } = byAgent.get(agent_id) ?? NONE;
    const opening = isEarly && next_attempt_at !== null ? next_attempt_at : until;
    byAgent.set(agent_id, { files: files + put_off, until: opening });
  }
  return byAgent;
}

function listWork({ journal, roster, pauses }: BacklogInput): Work[] {
  const agents = new Map(roster.all().map(({ agent }) => [agent.id, agent]));
  return listRunningRuns(journal).flatMap((run) => {
    const agent = agents.get(run.agent_id);
    if (agent === undefined) return [];
    const isFree = agent.enabled && pauses.of(agent.id) === undefined;
    const moves = isFree && run.listed_at !== null && run.awaits_confirmation === 0;
    return [{ agent, run, files: countBacklog(journal, run), moves }];
  });
}

// So many files that were done last tell the speed; fewer than the second number do not.
const MEASURED = 30;
const LEAST_MEASURED = 3;

function estimate(journal: Journal, work: Work, works: readonly Work[]): number | null {
  const lane = laneOf(work.agent.model);
  const sharing = works.filter(({ agent, moves }) => moves && laneOf(agent.model) === lane);
  const last = findLastTurn(journal, work.run.run_id);
  let ms = 0;
  const measured: Span[] = [];
  for (const one of sharing) {
    const files = one === work ? leftOf(work) : countBefore(journal, one, last);
    const spans = listWorked(journal, one.run.run_id, one.agent.model, MEASURED).map(toSpan);
    const usual = keepUsual(spans);
    measured.push(...usual);
    if (files === 0) continue;
    if (usual.length < LEAST_MEASURED) return null;
    ms += files * shareAsked(one.files) * mean(usual);
  }
  const places = Math.min(work.agent.model.concurrency, findParallel(measured));
  return Math.round(ms / places / 1_000);
}

function leftOf({ files: { working, ready } }: Work): number {
  return working + ready;
}

/** How many files of another run the endpoint does before the last one of this run. */
function countBefore(
  journal: Journal,
  { run, files }: Work,
  last: ReturnType<typeof findLastTurn>,
): number {
  return files.working + (last === undefined ? 0 : countReady(journal, run.run_id, last));
}

/** The part of the files so far that were not skipped: only these take time. */
function shareAsked({ settled, skipped }: RunBacklog): number {
  return settled === 0 ? 1 : (settled - skipped) / settled;
}

/** In milliseconds since 1970. */
interface Span {
  from: number;
  to: number;
}

function toSpan({ started_at, finished_at }: Worked): Span {
  return { from: Date.parse(started_at), to: Date.parse(finished_at) };
}

// Longer than this, and so many times the median, is a machine that slept or a clock that was set.
const LONGEST_MS = 24 * 60 * 60_000;
const UNUSUAL = 10;
const LEAST_UNUSUAL_MS = 60_000;

function keepUsual(spans: readonly Span[]): Span[] {
  const possible = spans
    .filter((span) => lengthOf(span) >= 0 && lengthOf(span) <= LONGEST_MS)
    .toSorted((a, b) => lengthOf(a) - lengthOf(b));
  const median = possible[Math.floor(possible.length / 2)];
  if (median === undefined) return [];
  const most = Math.max(lengthOf(median) * UNUSUAL, LEAST_UNUSUAL_MS);
  return possible.filter((span) => lengthOf(span) <= most);
}

function lengthOf({ from, to }: Span): number {
  return to - from;
}

function sumOf(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + lengthOf(span), 0);
}

function mean(spans: readonly Span[]): number {
  return sumOf(spans) / spans.length;
}

/** How many files were worked on at the same time, on average; 1 at least. */
function findParallel(spans: readonly Span[]): number {
  let busy = 0;
  let until = -Infinity;
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    busy += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return busy === 0 ? 1 : Math.max(1, sumOf(spans) / busy);
}
