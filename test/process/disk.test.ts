import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Client, createClient } from "../../daemon/client/client.ts";
import { daemonFileSchema } from "../../daemon/protocol/api.ts";
import { LAUNCHER, type TestHome, testHome, waitFor } from "../helper/program.ts";

/*
 * A home whose disk or limits run out while the daemon works: files wait as pending, the status says why, and the work
 * goes on by itself once there is room.
 */

const isLinux = process.platform === "linux";
const UNSHARE = ["--mount", "--propagation", "private"];
const mayMount =
  isLinux &&
  spawnSync("unshare", [...UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;

// A directory that could not be watched is looked at each minute.
const PATIENCE_MS = 180_000;
const TIMEOUT_MS = 2 * PATIENCE_MS;

// More text than what is left of any log.
const FILES = 12;
const text = (index: number): string =>
  `# File ${index}\n\n- [ ] Task ${index}\n\n${`Line of the file ${index}.\n`.repeat(20_000)}`;

function layFiles(home: TestHome): void {
  for (let index = 0; index < FILES; index += 1) home.write(`in/${index}.md`, text(index));
}

async function expectAllDone(client: Client): Promise<void> {
  await waitFor(
    "all files are done",
    async () => {
      const { items } = await client.files({ limit: 500 });
      return items.length === FILES && items.every(({ state }) => state === "done");
    },
    PATIENCE_MS,
  );
  const { items } = await client.entities("task", { limit: 500 });
  const titles = items.map(({ title }) => title).toSorted();
  expect(titles).toEqual(Array.from({ length: FILES }, (_, index) => `Task ${index}`).toSorted());
  let problems: string[] = [];
  await waitFor(
    "no problem is left",
    async () => {
      const status = await client.status();
      // A directory that could not be watched is tried again after some minutes, and looked at until then.
      const left = status.problems.filter(({ code }) => code !== "watch_limit");
      problems = left.map(({ code, message }) => `${code}: ${message}`);
      return problems.length === 0;
    },
    PATIENCE_MS,
  ).catch(() => undefined);
  expect(problems).toEqual([]);
}

async function waitForProblem(client: Client, codes: readonly string[]): Promise<void> {
  const status = await waitFor("the status says so", async () => {
    const found = await client.status();
    return found.problems.some(({ code }) => codes.includes(code)) && found;
  });
  expect(status.state).toBe("attention");
}

function agent(home: TestHome): string {
  return `agents: [{ id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]`;
}

test.skipIf(!mayMount)(
  "work waits for room on a full disk, and loses nothing (needs mount)",
  { timeout: TIMEOUT_MS },
  async () => {
    await using home = testHome();
    mkdirSync(home.file("in"));
    home.configure(agent(home));
    const begin = [
      'cp "$AGENT_RUNNER_HOME/config.yaml" "$HOME/config.yaml"',
      'mount -t tmpfs -o size=12m,mode=0700 none "$AGENT_RUNNER_HOME"',
      'cp "$HOME/config.yaml" "$AGENT_RUNNER_HOME/config.yaml"',
      'exec "$NODE" "$LAUNCHER" start',
    ].join(" && ");
    const env = { ...home.env, NODE: process.execPath, LAUNCHER };
    const child = spawn("unshare", [...UNSHARE, "sh", "-c", begin], { env, stdio: "ignore" });
    const ended = new Promise((resolve) => void child.once("exit", resolve));
    const inside = (script: string): void => {
      execFileSync("nsenter", ["-t", String(child.pid), "-m", "sh", "-c", script], { env });
    };
    try {
      const client = await connectInside(home, child.pid ?? 0);
      inside('dd if=/dev/zero of="$AGENT_RUNNER_HOME/filler" bs=4096 2>/dev/null || true');
      layFiles(home);
      await waitForProblem(client, ["disk_full"]);
      expect((await client.files({ state: "failed" })).items).toEqual([]);
      inside('rm "$AGENT_RUNNER_HOME/filler"; mount -o remount,size=200m "$AGENT_RUNNER_HOME"');
      await expectAllDone(client);
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  },
);

/** A client of a daemon that sees other mounts than this process. */
function connectInside(home: TestHome, pid: number): Promise<Client> {
  return waitFor("the daemon answers", async () => {
    try {
      const file = readFileSync(`/proc/${pid}/root${home.file("home/daemon.json")}`, "utf8");
      const client = createClient(daemonFileSchema.parse(JSON.parse(file)));
      await client.health();
      return client;
    } catch {
      return undefined;
    }
  });
}

/** Changes the soft limit of a process. */
function limit(pid: number, what: string, value: number | string): void {
  execFileSync("prlimit", ["--pid", String(pid), `--${what}=${value}:`]);
}

test.runIf(isLinux)(
  "work waits where no file may grow, and loses nothing",
  { timeout: TIMEOUT_MS },
  async () => {
    await using home = testHome();
    mkdirSync(home.file("in"));
    home.configure(agent(home));
    const { child } = home.start();
    const client = await home.connect();
    limit(child.pid ?? 0, "fsize", 600_000);
    layFiles(home);
    await waitForProblem(client, ["journal_unwritable", "disk_full"]);
    expect((await client.files({ state: "failed" })).items).toEqual([]);
    limit(child.pid ?? 0, "fsize", "unlimited");
    await expectAllDone(client);
  },
);

test.runIf(isLinux)(
  "work waits where no file can be opened, and loses nothing",
  { timeout: TIMEOUT_MS },
  async () => {
    await using home = testHome();
    mkdirSync(home.file("in"));
    home.configure(agent(home));
    const { child } = home.start();
    const client = await home.connect();
    // What is open stays open. It takes no connection either, so its log has to say it.
    limit(child.pid ?? 0, "nofile", 0);
    layFiles(home);
    const log = home.file("home/logs/agent-runner.log");
    await waitFor("the log says so", () => readFileSync(log, "utf8").includes("EMFILE"));
    limit(child.pid ?? 0, "nofile", 1024);
    await expectAllDone(client);
    expect((await client.files({ state: "failed" })).items).toEqual([]);
  },
);
