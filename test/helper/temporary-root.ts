import {
  accessSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Where workers put their temporary files, each in a folder of its own. */
    temporaryRoot: string;
  }
}

const PREFIX = "agent-runner-tests-";
const MEMORY = "/dev/shm";
/** A whole run keeps less than a tenth of it at a time; a container may have 64 MB. */
const ENOUGH_BYTES = 500_000_000;

let root = "";

/** Puts the temporary files of all tests into one folder, in memory where the system has room there. */
export function setup(project: TestProject): void {
  const base = canHold(MEMORY) ? MEMORY : os.tmpdir();
  removeAbandoned(base);
  root = mkdtempSync(path.join(base, `${PREFIX}${process.pid}-`));
  project.provide("temporaryRoot", root);
  // Each daemon of a test starts a thread, and some start processes: without this each compiles its modules again.
  process.env["NODE_COMPILE_CACHE"] ??= path.resolve("node_modules/.cache/agent-runner");
}

export function teardown(): void {
  rmSync(root, { recursive: true, force: true });
}

/** Removes what test runs left that were killed. */
function removeAbandoned(base: string): void {
  for (const name of readdirSync(base).filter((each) => each.startsWith(PREFIX))) {
    const pid = Number(name.slice(PREFIX.length).split("-")[0]);
    if (pid > 0 && !isAlive(pid)) rmSync(path.join(base, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It may belong to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function canHold(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    const { bavail, bsize } = statfsSync(directory);
    // Containers often mount it without the right to run programs, and tests write programs.
    const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
    const mount = mounts.findLast((line) => line.split(" ")[1] === directory);
    return bavail * bsize > ENOUGH_BYTES && mount?.includes("noexec") === false;
  } catch {
    return false;
  }
}
