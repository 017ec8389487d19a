import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { waitFor } from "./program.ts";

/** A program in a terminal of its own, as in a window. Linux only, by `script` of util-linux. */
export interface Terminal extends AsyncDisposable {
  /** All that it showed. */
  shown(): string;
  /** Waits until it shows a text after what was shown when this was last called. */
  sees(text: string): Promise<void>;
  type(keys: string): void;
  /** Closes the window: the system hangs up on the programs in it. */
  close(): void;
  /** Waits until the program has ended by itself; gives its exit code. */
  ended(): Promise<number | null>;
  /** The processes that were started in it and go on. */
  processes(): number[];
}

const MARK = "TEST_TERMINAL";

export function openTerminal(
  command: readonly string[],
  { env, cwd }: { env: Readonly<Record<string, string | undefined>>; cwd?: string },
): Terminal {
  const mark = randomUUID();
  const line = `exec ${command.map((word) => `'${word}'`).join(" ")}`;
  const script = spawn("script", ["-qefc", line, "/dev/null"], {
    cwd,
    env: { ...env, SHELL: "/bin/sh", TERM: "xterm", [MARK]: mark },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  let seen = 0;
  script.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
  // It may end before it has read everything.
  script.stdin.on("error", () => {});
  const ended = new Promise<number | null>((resolve) => void script.once("exit", resolve));
  const processes = (): number[] =>
    listMarked(`${MARK}=${mark}`).filter((pid) => pid !== script.pid);
  return {
    shown: () => shown,
    async sees(text) {
      const at = await waitFor(`the terminal shows ${text}`, () => {
        const found = shown.indexOf(text, seen);
        return found >= 0 && { found };
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}; it shows:\n${shown}`, { cause: error });
      });
      seen = at.found + text.length;
    },
    type: (keys) => void script.stdin.write(keys),
    close: () => void script.kill("SIGKILL"),
    ended: () => ended,
    processes,
    async [Symbol.asyncDispose]() {
      script.kill("SIGKILL");
      await ended;
      for (const pid of processes()) process.kill(pid, "SIGKILL");
    },
  };
}

/** The processes with a line in their environment. */
function listMarked(line: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  return pids.filter((pid) => readEnvironment(pid).split("\0").includes(line)).map(Number);
}

function readEnvironment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    // It has ended, or belongs to another user.
    return "";
  }
}
