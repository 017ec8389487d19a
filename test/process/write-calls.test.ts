import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { createClient } from "../../daemon/client/client.ts";
import { daemonFileSchema } from "../../daemon/protocol/api.ts";
import { LAUNCHER, type TestHome, testHome, waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { type ScriptedServer, startScriptedServer } from "../helper/scripted-server.ts";
import { SEED } from "../helper/seed.ts";

/*
 * A first start, a small run and a stop, in which the system ends the program at one of its writes to the home, or
 * refuses that write. The next start works, and nothing is lost, doubled or asked twice.
 */

// `WRITES=all npx vitest run --project process test/process/write-calls.test.ts` goes through every write, for hours.
const POINTS = process.env["WRITES"] === "all" ? Infinity : Number(process.env["WRITES"] ?? 6);
const TIMEOUT_MS = 12 * 3_600_000;
const SCENE_MS = 60_000;

// What each of these does is done to files of the home alone.
const TO_PLACES = ["fsync", "fdatasync", "rename", "unlink", "mkdir", "fchmod", "ftruncate"];
// These go to sockets and terminals too, so only those to these files count.
const TO_FILES = ["pwrite64", "write"];
const FILES = [
  "agent-runner.db",
  "agent-runner.db-wal",
  "agent-runner.db-journal",
  "daemon.lock",
  "daemon.lock-journal",
  "logs/agent-runner.log",
];

const DOCUMENTS = {
  "in/a.md": "# A\n\n- [ ] Call Ann\n",
  "in/b.md": "# B\n\n- [ ] Call Bob\n- [ ] Buy paint\n",
};
const TITLES = ["Buy paint", "Call Ann", "Call Bob"];
const REQUESTS = 4;

/** The n-th time of a system call, counted from 1, and what happens to it. */
interface Point {
  call: string;
  n: number;
  how: "signal=KILL" | "error=EIO" | "error=ENOSPC";
}

const probe = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]);
// A system may forbid what strace does. In CI it has to be installed.
const canTrace =
  process.platform === "linux" &&
  (probe.status === 0 || (probe.error !== undefined && process.env["CI"] === "true"));

/** Makes a point happen. */
function injecting(home: TestHome, { call, n, how }: Point): string[] {
  const paths = TO_FILES.includes(call)
    ? FILES.flatMap((name) => ["-P", home.file(`home/${name}`)])
    : [];
  return [
    ...paths,
    "-o",
    "/dev/null",
    "-e",
    `trace=${call}`,
    "-e",
    `inject=${call}:${how}:when=${n}`,
  ];
}

/** Starts the program, lets it read all files and stops it. Gives what it wrote, and whether it was killed. */
async function liveOnce(
  home: TestHome,
  args: readonly string[],
): Promise<{ output: string; isKilled: boolean }> {
  // Without `--seccomp-bpf`, which is faster and sends no signal.
  const traced = ["-f", "-qq", ...args, process.execPath, LAUNCHER, "start"];
  // A cold cache of compiled code would write a file for each module.
  const env = { ...home.env, NODE_DISABLE_COMPILE_CACHE: "1" };
  const child: ChildProcess = spawn("strace", traced, { env, stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  let isOver = false;
  const over = once(child, "exit").then(() => (isOver = true));
  await waitFor(
    "the files are read, or the program ends",
    async () => {
      return isOver || (await isDone(home));
    },
    SCENE_MS,
  ).catch(() => undefined);
  if (!isOver) {
    const { pid } = JSON.parse(readFileSync(home.file("home/daemon.json"), "utf8")) as {
      pid: number;
    };
    process.kill(pid, "SIGTERM");
    await Promise.race([over, wait(SCENE_MS)]);
  }
  if (!isOver) child.kill("SIGKILL");
  await over;
  return { output, isKilled: child.signalCode === "SIGKILL" };
}

async function isDone(home: TestHome): Promise<boolean> {
  const file = home.file("home/daemon.json");
  if (!existsSync(file)) return false;
  try {
    const client = createClient(daemonFileSchema.parse(JSON.parse(readFileSync(file, "utf8"))));
    const { items } = await client.files({ limit: 10 });
    return items.length === 2 && items.every(({ state }) => state === "done");
  } catch {
    // It does not answer yet, or no more.
    return false;
  }
}

async function openHome(): Promise<{ home: TestHome; server: ScriptedServer; asked: string[] }> {
  const home = testHome(DOCUMENTS);
  const asked: string[] = [];
  const server = await startScriptedServer((request) => {
    const { file, iteration } = readDocument(request);
    asked.push(`${file} ${iteration}`);
    return answerDocument(request);
  });
  home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents:
  - { id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }
`);
  return { home, server, asked };
}

/** How often each call is made. */
async function countCalls(): Promise<Map<string, number>> {
  const { home, server } = await openHome();
  await using _home = home;
  await using _server = server;
  const trace = home.file("trace");
  const calls = [...TO_PLACES, ...TO_FILES];
  await liveOnce(home, ["-y", "-o", trace, "-e", `trace=${calls.join(",")}`]);
  const lines = readFileSync(trace, "utf8").split("\n");
  const isCounted = (call: string, line: string): boolean =>
    line.includes(` ${call}(`) &&
    (!TO_FILES.includes(call) ||
      FILES.some((name) => line.includes(`${home.file(`home/${name}`)}>`)));
  return new Map(calls.map((call) => [call, lines.filter((line) => isCounted(call, line)).length]));
}

/** What is wrong after the program met a point, and whether that killed it. */
async function meet(point: Point): Promise<{ faults: string[]; isKilled: boolean }> {
  const { home, server, asked } = await openHome();
  await using _home = home;
  await using _server = server;
  const { output, isKilled } = await liveOnce(home, injecting(home, point));
  const program = home.start();
  const isReady = await waitFor("all files are done", () => isDone(home), SCENE_MS).catch(
    () => false,
  );
  if (isReady === false) {
    return {
      faults: ["the next start does not read all files", output, program.output()],
      isKilled,
    };
  }
  const client = await home.connect();
  const tasks = (await client.entities("task", { limit: 100 })).items;
  const notes = (await client.entities("note", { limit: 100 })).items;
  const { complete } = await client.verify();
  const titles = tasks.map(({ title }) => title).toSorted();
  const ended = await program.end("SIGTERM");
  const faults = [
    ...(titles.join() === TITLES.join() ? [] : [`tasks: ${titles.join()}`]),
    ...(notes.length === 2 ? [] : [`${notes.length} notes`]),
    ...(tasks.every(({ sources }) => sources.length === 1) ? [] : ["a task has other sources"]),
    ...(complete ? [] : ["verify is not complete"]),
    ...(asked.length <= REQUESTS + 1 ? [] : [`asked: ${asked.join(", ")}`]),
    ...(ended === 0 ? [] : [`the next stop ends with ${ended}`]),
  ];
  return { faults, isKilled };
}

test.skipIf(!canTrace)(
  "with strace, which has to be installed: whichever write ends the program or fails, the next start works and nothing is lost or doubled",
  { timeout: TIMEOUT_MS },
  async ({ annotate }) => {
    const counts = await countCalls();
    const all = [...counts].flatMap(([call, count]) =>
      Array.from({ length: count }, (_, index): Point[] => [
        { call, n: index + 1, how: "signal=KILL" },
        { call, n: index + 1, how: index % 2 === 0 ? "error=EIO" : "error=ENOSPC" },
      ]).flat(),
    );
    // Spread over all of them, kills and errors in turn, and others with each seed.
    const step = Math.max(1, all.length / POINTS);
    const chosen = Array.from({ length: Math.min(POINTS, all.length) }, (_, index) => {
      const pair = Math.floor((index * step) / 2) + SEED;
      return all[(2 * pair + ((index + SEED) % 2)) % all.length];
    });
    const found: string[] = [];
    let kills = 0;
    for (const point of chosen) {
      if (point === undefined) continue;
      const { faults, isKilled } = await meet(point);
      if (isKilled) kills += 1;
      if (faults.length > 0) {
        found.push(`${point.call} ${point.n} ${point.how}: ${faults.join("; ")}`);
      }
    }
    await annotate(
      `${all.length} points, ${chosen.length} met, ${kills} killed it: ${JSON.stringify([...counts])}`,
    );
    expect(found).toEqual([]);
    expect(kills).toBeGreaterThan(0);
  },
);
