/*
 * Keeps the tray's knowledge of the daemon fresh: reads the status after an event, at most once a second, and otherwise
 * once a minute. Finds a restarted daemon, whose token is new, within a second or two. Never starts or stops it.
 */
import { statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../daemon/client/client.ts";
import { connect } from "../daemon/client/discover.ts";
import { RunnerError } from "../daemon/core/errors.ts";
import type { Paths } from "../daemon/core/paths.ts";
import type { Status } from "../daemon/protocol/api.ts";
import type { ToldEvent } from "../daemon/protocol/event.ts";
import { activityOf, mergeRecent, readRecent } from "./recent.ts";
import { type Activity, NOTHING_KNOWN, type Snapshot } from "./snapshot.ts";

export interface FollowOptions {
  paths: Paths;
  signal: AbortSignal;
  onSnapshot(snapshot: Snapshot): void;
  /** Called once for each event, across restarts of the daemon. */
  onEvent(event: ToldEvent): void;
}

const ASK_MS = 1_000;
const ASK_ANYWAY_MS = 60_000;
const LOOK_MS = 1_000;
// After this many looks, a daemon that hangs is asked again.
const LOOKS = 15;

/** Follows the daemon of this home until the signal aborts, then throws the abort. */
export async function followDaemon(options: FollowOptions): Promise<never> {
  const { paths, signal } = options;
  const known = createKnowledge(options);
  for (;;) {
    const before = stamp(paths.daemonFile);
    let fault: string | null = null;
    try {
      await stayWith(await connect(paths, signal), known, signal);
    } catch (error) {
      // It stopped, was killed, or cannot be reached. Look for it again below.
      fault = faultOf(error);
    }
    signal.throwIfAborted();
    known.lose(fault);
    for (let looks = 0; looks < LOOKS; looks += 1) {
      await wait(LOOK_MS, undefined, { signal });
      if (stamp(paths.daemonFile) !== before) break;
    }
  }
}

/** What is known of the daemon, kept over its restarts. */
interface Knowledge {
  /** Of the last event; undefined before the first. */
  readonly lastEventId: number | undefined;
  /** Takes an event in, and passes it on. */
  note(event: ToldEvent): void;
  /** Adds facts that are shown with the next status. */
  add(facts: { hasPage: boolean } | { recent: readonly Activity[] }): void;
  /** Shows a status of the daemon. */
  update(status: Status): void;
  /** Shows that the daemon is down; `fault` says why it counts as down if it exists. */
  lose(fault: string | null): void;
}

function createKnowledge({ onSnapshot, onEvent }: FollowOptions): Knowledge {
  let snapshot = NOTHING_KNOWN;
  let lastEventId: number | undefined;
  const show = (fields: Partial<Snapshot>): void => {
    snapshot = { ...snapshot, ...fields };
    onSnapshot(snapshot);
  };
  return {
    get lastEventId() {
      return lastEventId;
    },
    note(event) {
      lastEventId = event.event_id;
      const progress = new Map(snapshot.progress);
      if (event.type === "run.progress") progress.set(event.agent_id, event.files);
      if (event.type === "run.completed") progress.delete(event.agent_id);
      const activity = activityOf(event);
      const recent = activity ? mergeRecent([activity], snapshot.recent) : snapshot.recent;
      snapshot = { ...snapshot, progress, recent };
      onEvent(event);
    },
    add(facts) {
      const { recent } = snapshot;
      const merged = "recent" in facts ? { recent: mergeRecent(facts.recent, recent) } : facts;
      snapshot = { ...snapshot, ...merged };
    },
    update: (status) => show({ connection: "up", downSince: null, fault: null, status }),
    lose(fault) {
      const downSince = snapshot.connection === "up" ? Date.now() : snapshot.downSince;
      show({ ...NOTHING_KNOWN, connection: "down", downSince, fault, recent: snapshot.recent });
    },
  };
}

/** What the reader of events asks of the reader of the status. */
interface Requests {
  /** Resolves when a new status is wanted. */
  asked: PromiseWithResolvers<void>;
  /** Resolves when it is wanted at once. */
  urgent: PromiseWithResolvers<void>;
  /** Whether events may have been missed, so that recent activity must be read. */
  lacksRecent: boolean;
}

/** Follows one daemon until it is gone. @throws why it cannot be followed although it exists */
async function stayWith(client: Client, known: Knowledge, signal: AbortSignal): Promise<void> {
  const leaving = new AbortController();
  const either = AbortSignal.any([signal, leaving.signal]);
  const requests: Requests = {
    asked: Promise.withResolvers(),
    urgent: Promise.withResolvers(),
    lacksRecent: false,
  };
  const fresh = keepFresh(client, known, requests, either).finally(() => leaving.abort());
  fresh.catch(() => {});
  try {
    const events = client.events({
      lastEventId: known.lastEventId,
      signal: either,
      onState(state) {
        if (state === "lost") return leaving.abort();
        // Read what happened before; from now on, events report it.
        requests.lacksRecent = true;
        requests.urgent.resolve();
        requests.asked.resolve();
      },
    });
    for await (const event of events) {
      known.note(event);
      // Show at once what the user has just written.
      if (event.type.startsWith("config.")) requests.urgent.resolve();
      requests.asked.resolve();
    }
  } finally {
    leaving.abort();
    await fresh;
  }
}

/** Reads the status whenever it is wanted, at most once a second, until the signal aborts. */
async function keepFresh(
  client: Client,
  known: Knowledge,
  requests: Requests,
  signal: AbortSignal,
): Promise<void> {
  const ask = (): void => requests.asked.resolve();
  using _timer = every(ASK_ANYWAY_MS, ask);
  signal.addEventListener("abort", ask, { once: true });
  known.add({ hasPage: await findPage(client) });
  while (!signal.aborted) {
    requests.asked = Promise.withResolvers();
    requests.urgent = Promise.withResolvers();
    if (requests.lacksRecent) {
      requests.lacksRecent = false;
      known.add({ recent: await readRecent(client) });
    }
    const status = await client.status();
    if (signal.aborted) return;
    known.update(status);
    await Promise.race([wait(ASK_MS, undefined, { signal }), requests.urgent.promise]);
    await requests.asked.promise;
  }
}

/** Why a daemon that exists cannot be followed; null if it is gone. */
function faultOf(error: unknown): string | null {
  const exists = error instanceof RunnerError && error.code !== "daemon_not_running";
  return exists ? error.message : null;
}

/** Whether the daemon has a page, even one that is still being built. */
async function findPage(client: Client): Promise<boolean> {
  try {
    await client.request("GET", "/");
    return true;
  } catch (error) {
    const code = error instanceof RunnerError ? error.code : undefined;
    if (code === "not_found") return false;
    // An answer that is not from the API: the page reports its own state.
    if (code === "internal") return true;
    throw error;
  }
}

/** A text that differs for each daemon. */
function stamp(file: string): string {
  const { ino, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { ino: 0, mtimeMs: 0 };
  return `${ino} ${mtimeMs}`;
}

function every(ms: number, run: () => void): Disposable {
  const timer = setInterval(run, ms);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
