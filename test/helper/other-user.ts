import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";

/** The user `nobody`, which every system has. */
export const OTHER_USER = { uid: 65_534, gid: 65_534 };

/** Only root can act as another user. */
export const isRoot = process.getuid?.() === 0;

/** Lets every user through to a test's folder, and into the given directories as if they were their own. */
export function openToOthers(folder: string, directories: readonly string[] = []): void {
  chmodSync(folder, 0o711);
  for (const directory of directories) chmodSync(directory, 0o777);
}

/** Runs a shell script as the other user, to its end. A Node of this user may be out of reach for others. */
export function runAsOther(script: string, ...args: string[]): void {
  const { status, stderr } = spawnSync("/bin/sh", ["-c", script, "sh", ...args], {
    ...OTHER_USER,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The script ended with ${status}: ${stderr}`);
}

/** A shell script that runs until it is disposed of. */
export interface Attack extends AsyncDisposable {
  readonly child: ChildProcess;
}

/** Starts a shell script that repeats what it does until the end of the test. */
export function startAttack(
  script: string,
  args: readonly string[],
  user: { uid?: number; gid?: number } = OTHER_USER,
): Attack {
  const child = spawn("/bin/sh", ["-c", script, "sh", ...args], {
    ...user,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const gone = once(child, "exit");
  return {
    child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await gone;
    },
  };
}
