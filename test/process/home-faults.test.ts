import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { expect, test } from "vitest";
import { type TestHome, testHome, waitFor } from "../helper/program.ts";

type Fault = (file: string) => void;

const FAULTS = {
  zeroed: (file) => writeFileSync(file, Buffer.alloc(4096)),
  garbage: (file) => writeFileSync(file, "\u0001garbage: [\n".repeat(500)),
  "a named pipe": (file) => {
    execFileSync("mkfifo", [file]);
  },
  "a directory": (file) => {
    mkdirSync(file);
  },
  "a broken link": (file) => symlinkSync("/nowhere/at/all", file),
} satisfies Record<string, Fault>;

// What a start does: it runs, or ends with an exit code and a message that names the file.
const RUNS = "runs";
const TABLE: Record<string, Partial<Record<keyof typeof FAULTS, string | number>>> = {
  "daemon.lock": {
    zeroed: RUNS,
    garbage: RUNS,
    "a named pipe": 2,
    "a directory": 2,
    "a broken link": 2,
  },
  "daemon.json": {
    zeroed: RUNS,
    garbage: RUNS,
    "a named pipe": RUNS,
    "a directory": 2,
    "a broken link": RUNS,
  },
  "config.yaml": { zeroed: 2, garbage: 2, "a named pipe": 2, "a directory": 2 },
  "secrets.env": {
    zeroed: RUNS,
    garbage: RUNS,
    "a named pipe": RUNS,
    "a directory": RUNS,
    "a broken link": RUNS,
  },
  "agent-runner.db": {
    zeroed: 1,
    garbage: 1,
    "a named pipe": 2,
    "a directory": 2,
    "a broken link": 2,
  },
  "logs/agent-runner.log": {
    zeroed: RUNS,
    garbage: RUNS,
    "a named pipe": RUNS,
    "a directory": RUNS,
    "a broken link": RUNS,
  },
  "logs/daemon.err": { "a named pipe": RUNS, "a directory": RUNS },
};

const CASES = Object.entries(TABLE).flatMap(([file, faults]) =>
  Object.entries(faults).map(([fault, outcome]) => ({ file, fault, outcome })),
);

function damage(home: TestHome, name: string, fault: string): void {
  const file = home.file(`home/${name}`);
  mkdirSync(home.file("home/logs"), { recursive: true });
  rmSync(file, { force: true });
  FAULTS[fault as keyof typeof FAULTS](file);
}

const IS_LINUX = process.platform === "linux";

test.runIf(IS_LINUX).each(CASES.filter(({ outcome }) => outcome !== RUNS))(
  "where $file is $fault, a start ends with $outcome and names it, and no command hangs",
  async ({ file, fault, outcome }) => {
    await using home = testHome();
    home.configure("agents: []\n");
    damage(home, file, fault);
    const ended = await home.run("start", "--json");
    const { error } = JSON.parse(ended.stdout) as { error: { message: string; hint: string } };
    expect({ code: ended.code, message: error.message }).toEqual({
      code: outcome,
      message: expect.stringContaining(file),
    });
    expect(`${error.message} ${error.hint}`).not.toMatch(/report/iu);
    expect((await home.run("status")).code).toBe(4);
  },
);

test.runIf(IS_LINUX).each(CASES.filter(({ outcome }) => outcome === RUNS))(
  "where $file is $fault, a daemon runs and stops, and no command hangs",
  async ({ file, fault }) => {
    await using home = testHome();
    home.configure("agents: []\n");
    damage(home, file, fault);
    const program = home.start();
    // Before it is ready, the helper would wait for a daemon.json that is a named pipe.
    await waitFor("the daemon is ready", () => program.output().includes("is running"));
    const client = await home.connect();
    expect((await client.health()).status).toBe("ok");
    const isSaid = file === "secrets.env" && fault !== "a broken link";
    expect((await home.run("status")).stdout.includes("secrets.env")).toBe(isSaid);
    expect((await home.run("stop")).code).toBe(0);
    await waitFor("the process is gone", () => program.child.exitCode !== null);
    expect(program.child.exitCode).toBe(0);
    expect(readLog(home).includes("The lock was damaged")).toBe(file === "daemon.lock");
  },
);

/** Nothing if the log itself is damaged. */
function readLog(home: TestHome): string {
  const file = home.file("home/logs/agent-runner.log");
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, "utf8") : "";
}

test.each(["config.yaml", "secrets.env"])(
  "a named pipe that takes the place of %s holds up neither a running daemon nor its stop",
  async (file) => {
    await using home = testHome();
    home.configure("agents: []\n");
    const program = home.start();
    const client = await home.connect();
    damage(home, file, "a named pipe");
    await waitFor("the status names it", async () =>
      (await client.status()).problems.some(({ message }) => message.includes(file)),
    );
    expect(await program.end("SIGTERM")).toBe(0);
  },
);

test("a daemon.json that cannot be removed does not keep the daemon from stopping", async () => {
  await using home = testHome();
  home.configure("agents: []\n");
  const program = home.start();
  await home.connect();
  rmSync(home.file("home/daemon.json"));
  home.write("home/daemon.json/kept", "a directory with a file cannot be removed as a file");
  expect(await program.end("SIGTERM")).toBe(0);
  expect(existsSync(home.file("home/daemon.json/kept"))).toBe(true);
  const log = readFileSync(home.file("home/logs/agent-runner.log"), "utf8");
  expect(log).toContain("could not be removed");
  expect(log).toContain("The daemon has stopped");
});
