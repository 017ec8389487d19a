import { createHook } from "node:async_hooks";
import { readdirSync, readlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";

/*
 * Finds what a test leaves open. Test files share a process, so whatever one of them does not close, end or restore
 * would go on in the next one. Two sources: each handle and timer is noted as it is made, with the place that made
 * it; and the rest is compared with what was there before (open files, temporary folders, environment, working
 * directory, listeners of the process). Open files are read from /proc, so an open database is seen on Linux only.
 */

/** What keeps a process alive, by the names of `async_hooks`. */
const KINDS: Readonly<Record<string, string>> = {
  Timeout: "timer",
  FSEVENTWRAP: "watcher",
  STATWATCHER: "watcher",
  PROCESSWRAP: "child process",
  PIPEWRAP: "pipe",
  PIPESERVERWRAP: "server",
  TCPWRAP: "socket",
  TCPSERVERWRAP: "server",
  UDPWRAP: "socket",
  WORKER: "worker thread",
};

/** How long a timer may go on when everything else is closed. */
const TIMERS_END_MS = 250;

const STACK_LINES = 12;
const OWN = path.resolve(import.meta.dirname, "../..");
const DEVICE = /^\/(?:dev\/(?:null|zero|full|u?random|tty|pts\/\d+)|proc\/|memfd:)/u;
const EVENTS = ["SIGINT", "SIGTERM", "SIGHUP", "exit", "beforeExit", "warning"] as const;

interface Made {
  order: number;
  kind: string;
  resource: Handle;
  /** The place: its stack is only written out when it is read. */
  at: Error;
}

interface Handle {
  hasRef?(): boolean;
  readonly _destroyed?: boolean;
  readonly fd?: number;
}

/** Lines of a report by what tells them apart. */
type State = ReadonlyMap<string, string>;

/** Knows what was there when it began. */
export interface Watch {
  /** What is opened from now on is this test's. */
  enter(test: string): void;
  /** The test has ended: what of files, folders and environment differs from the end of the test before is its doing. */
  leave(): void;
  /**
   * Waits for closing to come to its end; returns one line for each thing that was opened since and still is, with
   * the test that opened it.
   *
   * @param closingMs how long a handle may take to close, on a busy machine
   */
  findLeftovers(closingMs?: number): Promise<string[]>;
}

let made: Made[] = [];
let count = 0;
let isNoting = false;

function note(_id: number, type: string, _trigger: number, resource: object): void {
  const kind = KINDS[type];
  if (kind === undefined) return;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_LINES;
  made.push({ order: count, kind, resource, at: new Error(kind) });
  Error.stackTraceLimit = limit;
  count += 1;
}

export function startWatch(): Watch {
  if (!isNoting) createHook({ init: note, trackPromises: false }).enable();
  isNoting = true;
  const since = count;
  const before = readState();
  /** Each test, with the order of what it could make first. */
  const tests: { from: number; name: string }[] = [];
  const changedBy = new Map<string, string | undefined>();
  let last = before;

  function describe({ order, kind, at }: Made): string {
    const test = tests.findLast(({ from }) => from <= order);
    return withTest(`${kind}, from ${placeOf(at)}`, test?.name);
  }

  return {
    enter(name) {
      made = made.filter(({ resource }) => isRunning(resource));
      tests.push({ from: count, name });
    },
    leave() {
      const now = readState();
      for (const [key] of findChanges(last, now)) changedBy.set(key, tests.at(-1)?.name);
      last = now;
    },
    async findLeftovers(closingMs = 5_000) {
      const start = performance.now();
      for (;;) {
        // Most of what closes does so in a few turns of the event loop.
        for (let turns = 0; turns < 5; turns += 1) await turn();
        const open = made.filter((one) => one.order >= since && isOpen(one));
        const changes = findChanges(before, readState());
        if (open.length + changes.length === 0) return [];
        const timersOnly = changes.length === 0 && open.every(({ kind }) => kind === "timer");
        if (performance.now() - start > (timersOnly ? TIMERS_END_MS : closingMs)) {
          const changed = changes.map(([key, line]) => withTest(line, changedBy.get(key)));
          return [...open.map(describe), ...changed];
        }
        await wait(5);
      }
    },
  };
}

function withTest(line: string, test: string | undefined): string {
  return test === undefined ? line : `${line}, by the test "${test}"`;
}

function isRunning(resource: Handle): boolean {
  return resource._destroyed !== true && resource.hasRef?.() === true;
}

function isOpen({ resource, at }: Made): boolean {
  // Standard input and output are opened when they are first used.
  const isStandard = resource.fd !== undefined && resource.fd >= 0 && resource.fd <= 2;
  return isRunning(resource) && !isStandard && placeOf(at) !== undefined;
}

/** The innermost line of this repository, or else of a package; undefined for what the test runner makes. */
function placeOf({ stack = "" }: Error): string | undefined {
  const lines = stack
    .split("\n")
    .slice(1)
    .map((line) => line.trim().replace(/^at /u, ""))
    .filter((line) => !line.includes("node:") && !line.includes("helper/leftovers.ts"));
  const [innermost] = lines;
  if (innermost === undefined) return "Node.js";
  if (/node_modules\/(?:@?vitest|vite)\//u.test(innermost)) return undefined;
  const own = lines.find((line) => line.includes(OWN) && !line.includes("node_modules"));
  return (own ?? innermost).replaceAll("file://", "").replaceAll(`${OWN}/`, "");
}

/** Keys and lines of what is there now and was not, or is other than it was. */
function findChanges(before: State, now: State): [key: string, line: string][] {
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((key) => before.get(key) !== now.get(key))
    .flatMap((key): [string, string][] => {
      const line = now.get(key);
      if (line !== undefined) return [[key, line]];
      // A file that was open before may be closed; a variable that was there may not be gone.
      return key.startsWith("env ") ? [[key, `${key.slice(4)} is gone from the environment`]] : [];
    });
}

function readState(): State {
  return new Map([...openFiles(), ...temporaryFiles(), ...surroundings()]);
}

function* openFiles(): Generator<[string, string]> {
  if (process.platform !== "linux") return;
  for (const descriptor of readdirSync("/proc/self/fd")) {
    const target = readLink(`/proc/self/fd/${descriptor}`);
    if (target.startsWith("/") && !DEVICE.test(target)) {
      yield [`fd ${descriptor} ${target}`, `open file ${target}`];
    }
  }
}

function readLink(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    // The descriptor that listed the directory is in the list and closed by now.
    return "";
  }
}

function* temporaryFiles(): Generator<[string, string]> {
  for (const name of readdirSync(os.tmpdir())) {
    yield [`temporary ${name}`, `temporary file ${path.join(os.tmpdir(), name)}`];
  }
}

function* surroundings(): Generator<[string, string]> {
  for (const [name, value] of Object.entries(process.env)) {
    yield [`env ${name}`, `${name}=${value} in the environment`];
  }
  yield ["directory", `working directory ${process.cwd()}`];
  yield ["exit code", `exit code ${process.exitCode}`];
  for (const event of EVENTS) {
    yield [event, `${process.listenerCount(event)} listeners for "${event}" of the process`];
  }
}
