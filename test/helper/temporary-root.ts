import { accessSync, constants, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Where workers put their temporary files, each in a folder of its own. */
    temporaryRoot: string;
  }
}

const MEMORY = "/dev/shm";
/** A whole run keeps less than a tenth of it at a time; a container may have 64 MB. */
const ENOUGH_BYTES = 500_000_000;

let root = "";

/** Puts the temporary files of all tests into one folder, in memory where the system has room there. */
export function setup(project: TestProject): void {
  root = mkdtempSync(path.join(canHold(MEMORY) ? MEMORY : os.tmpdir(), "agent-runner-tests-"));
  project.provide("temporaryRoot", root);
}

export function teardown(): void {
  rmSync(root, { recursive: true, force: true });
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
