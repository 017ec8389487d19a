import { readFileSync } from "node:fs";
import { systemErrorCode } from "../core/errors.ts";
import type { FileError } from "../protocol/file.ts";

// A watch costs about 1 KB of kernel memory, and only when it is used (the kernel's documentation of
// /proc/sys/fs/inotify).
const AMPLE = { max_user_watches: 524_288, max_user_instances: 1_024 };

const FALLBACK = "Until then changes are found by the regular sweep, only later.";

/** Why a root cannot be watched, by the error of the system. */
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

function describeLimit(root: string, name: keyof typeof AMPLE): FileError {
  const limit = readLimit(name);
  const proposed = Math.max(AMPLE[name], 2 * (limit ?? 0));
  return {
    code: "watch_limit",
    message: `${root} cannot be watched: the limit fs.inotify.${name} (${limit ?? "unknown"}) of this user is reached.`,
    hint: `Raise it: echo fs.inotify.${name}=${proposed} | sudo tee /etc/sysctl.d/60-agent-runner.conf && sudo sysctl --system. ${FALLBACK}`,
  };
}

function readLimit(name: keyof typeof AMPLE): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/fs/inotify/${name}`, "utf8"));
  } catch {
    return undefined;
  }
}

function isOfWatch(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "watch";
}
