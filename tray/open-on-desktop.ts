import { spawn } from "node:child_process";
import path from "node:path";
import type { Environment } from "./desktop-session.ts";

// An opener starts a program within this time, or fails.
const START_MS = 5_000;

/**
 * Opens a file or a directory with the desktop's program. Returns whether one was started.
 *
 * @param target never with a secret: every user of this machine can read the arguments of a program
 * @param signal stops waiting for the program
 */
export function openOnDesktop(
  target: string,
  env: Environment,
  signal?: AbortSignal,
): Promise<boolean> {
  const [program, ...args] = openerOf(target);
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env,
      stdio: "ignore",
      detached: true,
      cwd: path.parse(process.cwd()).root,
    });
    const settle = (isOpen: boolean): void => {
      clearTimeout(timer);
      child.unref();
      resolve(isOpen);
    };
    // Some openers return at once, others stay as long as the program, which then runs.
    const timer = setTimeout(() => settle(true), START_MS);
    child.once("error", () => settle(false));
    child.once("exit", (code) => settle(code === 0));
    signal?.addEventListener("abort", () => settle(false), { once: true });
  });
}

function openerOf(target: string): [program: string, ...args: string[]] {
  switch (process.platform) {
    case "darwin":
      return ["open", target];
    case "win32":
      return ["rundll32", "url.dll,FileProtocolHandler", target];
    default:
      return ["xdg-open", target];
  }
}

// Files that a program shows and never runs.
const SHOWN = new Set(
  ".txt .md .markdown .pdf .docx .csv .tsv .json .jsonl .xml .eml .log .yaml .yml".split(" "),
);

/** What to open for a file of the user: the file, or its directory if opening the file might run it. */
export function targetFor(file: string): string {
  return SHOWN.has(path.extname(file).toLowerCase()) ? file : path.dirname(file);
}
