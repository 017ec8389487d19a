/*
 * What is known of the daemon, kept fresh: it is asked when an event came, at most once a second, and
 * otherwise once a minute. Over restarts of the daemon, whose token is new each time, it finds it again
 * within a second or two. Never starts or ends it.
 */
import { statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../daemon/client/client.ts";
import { connect } from "../daemon/client/discover.ts";
import { RunnerError } from "../daemon/core/errors.ts";
import type { Paths } from "../daemon/core/paths.ts";
import type { ToldEvent } from "../daemon/protocol/event.ts";
import { activityOf, mergeRecent, readRecent } from "./recent.ts";
import { NOTHING_KNOWN, type Snapshot } from "./snapshot.ts";

export interface FollowOptions {
  paths: Paths;
  signal: AbortSignal;
  onSnapshot(snapshot: Snapshot): void;
  /** Each event once, also over restarts of the daemon. */
  onEvent(event: ToldEvent): void;
}

const ASK_MS = 1_000;
const ASK_ANYWAY_MS = 60_000;
const LOOK_MS = 1_000;
// A daemon that hangs is asked again after so many looks.
const LOOKS = 15;

/** Follows the daemon of this home until the signal aborts, and throws what it was aborted with. */
export async function followDaemon(options: FollowOptions): Promise<never> {
  const { paths, signal, onSnapshot, onEvent } = options;
  let snapshot = NOTHING_KNOWN;
  let lastEventId: number | undefined;

  function change(fields: Partial<Snapshot>): void {
    snapshot = { ...snapshot, ...fields };
    onSnapshot(snapshot);
  }

  function note(event: ToldEvent): void {
    lastEventId = event.event_id;
    const progress = new Map(snapshot.progress);
    if (event.type === "run.progress") progress.set(event.agent_id, event.files);
    if (event.type === "run.completed") progress.delete(event.agent_id);
    const activity = activityOf(event);
    const recent = activity ? mergeRecent([activity], snapshot.recent) : snapshot.recent;
    snapshot = { ...snapshot, progress, recent };
    onEvent(event);
  }

  /** Until the daemon is gone. @throws why it cannot be followed, where it is there */
  async function stayWith(client: Client): Promise<void> {
    const leaving = new AbortController();
    const either = AbortSignal.any([signal, leaving.signal]);
    // Whatever ends it ends the stay.
    const fresh = keepFresh(client, either).finally(() => leaving.abort());
    fresh.catch(() => {});
    try {
      const events = client.events({
        lastEventId,
        signal: either,
        onState(state) {
          if (state === "lost") return leaving.abort();
          // What happened before is to be asked for; from here on, events tell.
          lacksRecent = true;
          urgent.resolve();
          ask();
        },
      });
      for await (const event of events) {
        note(event);
        // What a person has just written is shown at once.
        if (event.type.startsWith("config.")) urgent.resolve();
        ask();
      }
    } finally {
      leaving.abort();
      await fresh;
    }
  }

  let asked = Promise.withResolvers<void>();
  let urgent = Promise.withResolvers<void>();
  let lacksRecent = false;
  const ask = (): void => asked.resolve();

  async function keepFresh(client: Client, until: AbortSignal): Promise<void> {
    using _timer = every(ASK_ANYWAY_MS, ask);
    until.addEventListener("abort", ask, { once: true });
    snapshot = { ...snapshot, hasPage: await findPage(client) };
    while (!until.aborted) {
      asked = Promise.withResolvers();
      urgent = Promise.withResolvers();
      if (lacksRecent) {
        lacksRecent = false;
        const recent = await readRecent(client);
        snapshot = { ...snapshot, recent: mergeRecent(recent, snapshot.recent) };
      }
      const status = await client.status();
      if (until.aborted) return;
      change({ connection: "up", downSince: null, fault: null, status });
      await Promise.race([wait(ASK_MS, undefined, { signal: until }), urgent.promise]);
      await asked.promise;
    }
  }

  for (;;) {
    const before = stamp(paths.daemonFile);
    let fault: string | null = null;
    try {
      await stayWith(await connect(paths, signal));
    } catch (error) {
      // It stopped, was killed, or is not to be reached: what is left is to look for it.
      fault = faultOf(error);
    }
    signal.throwIfAborted();
    const downSince = snapshot.connection === "up" ? Date.now() : snapshot.downSince;
    change({ ...NOTHING_KNOWN, connection: "down", downSince, fault, recent: snapshot.recent });
    for (let looks = 0; looks < LOOKS; looks += 1) {
      await wait(LOOK_MS, undefined, { signal });
      if (stamp(paths.daemonFile) !== before) break;
    }
  }
}

/** What to tell of a daemon that is there; null where it is gone. */
function faultOf(error: unknown): string | null {
  const isThere = error instanceof RunnerError && error.code !== "daemon_not_running";
  return isThere ? error.message : null;
}

/** Whether the daemon has a page, be it one that is still being built. */
async function findPage(client: Client): Promise<boolean> {
  try {
    await client.request("GET", "/");
    return true;
  } catch (error) {
    const code = error instanceof RunnerError ? error.code : undefined;
    if (code === "not_found") return false;
    // An answer that is none of the API's: the page says of itself how it is.
    if (code === "internal") return true;
    throw error;
  }
}

/** Another one for each daemon. */
function stamp(file: string): string {
  const { ino, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { ino: 0, mtimeMs: 0 };
  return `${ino} ${mtimeMs}`;
}

function every(ms: number, run: () => void): Disposable {
  const timer = setInterval(run, ms);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
