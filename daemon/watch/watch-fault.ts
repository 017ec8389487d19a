import { readFileSync } from "node:fs";
import { systemErrorCode } from "../core/errors.ts";
import type { FileError } from "../protocol/file.ts";

// A watch in use costs about 1 KB of kernel memory (kernel documentation of /proc/sys/fs/inotify).
const AMPLE = { max_user_watches: 524_288, max_user_instances: 1_024 };

export type InotifyLimit = keyof typeof AMPLE;

const FALLBACK = "Until then the regular sweep finds changes, only later.";

/** Describes why a root cannot be watched, by the error of the system. */
export function describeWatchFault(root: string, error: unknown): FileError {
  const code = systemErrorCode(error) ?? "UNKNOWN";
  const isLinux = process.platform === "linux";
  if (code === "ENOSPC" && isLinux) return describeLimit(root, "max_user_watches");
  if (code === "EMFILE" && isLinux && isOfWatch(error)) {
    return describeLimit(root, "max_user_instances");
  }
  if (code === "EMFILE" || code === "ENFILE") {
    return {
      code: "watch_limit",
      message: `${root} cannot be watched: too many files are open (${code}).`,
      hint: `Raise the limit of open files (ulimit -n) for Agent Runner. ${FALLBACK}`,
    };
  }
  return {
    code: "watch_failed",
    message: `${root} cannot be watched (${code}).`,
    hint: `If it is a network share, set \`watch: poll\` for it. ${FALLBACK}`,
  };
}

function describeLimit(root: string, name: InotifyLimit): FileError {
  const limit = readInotifyLimit(name);
  return {
    code: "watch_limit",
    message: `${root} cannot be watched: the limit fs.inotify.${name} (${limit ?? "unknown"}) of this user is reached.`,
    hint: `Raise it: ${raiseLine(name, 2 * (limit ?? 0))}. ${FALLBACK}`,
  };
}

/** The command that raises a limit for good, to an ample value of at least `least`. */
export function raiseLine(name: InotifyLimit, least: number): string {
  const value = Math.max(AMPLE[name], least);
  return `echo fs.inotify.${name}=${value} | sudo tee /etc/sysctl.d/60-agent-runner.conf && sudo sysctl --system`;
}

/**
 * A Linux limit for each user; undefined if it cannot be read.
 *
 * @param proc where the kernel's files are
 */
export function readInotifyLimit(name: InotifyLimit, proc = "/proc"): number | undefined {
  try {
    return Number(readFileSync(`${proc}/sys/fs/inotify/${name}`, "utf8"));
  } catch {
    return undefined;
  }
}

function isOfWatch(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "watch";
}
