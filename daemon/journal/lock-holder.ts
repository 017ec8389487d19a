import { readFileSync, statSync } from "node:fs";
import path from "node:path";

/** Another process that holds a lock, as the system names it. */
export interface LockHolder {
  pid: number;
  name: string;
}

/** Another process that may write one of these files while others may not; undefined: not known. Linux only. */
export function findLockHolder(files: readonly string[]): LockHolder | undefined {
  try {
    const wanted = new Set(files.map(identityOf));
    const locks = readFileSync("/proc/locks", "utf8").split("\n").map(parseLock);
    const holder = locks.find(
      (lock) => lock !== undefined && wanted.has(lock.file) && lock.pid !== process.pid,
    );
    return holder && { pid: holder.pid, name: nameOf(holder.pid) };
  } catch {
    return undefined;
  }
}

/** A lock for writing, from a line such as `1: POSIX  ADVISORY  WRITE 812 08:01:393221 120 120`. */
function parseLock(line: string): { pid: number; file: string } | undefined {
  const [, , , access, pid = "", file = ""] = line.trim().split(/\s+/);
  // A lock of another container has no process id here.
  return access === "WRITE" && Number(pid) > 0 ? { pid: Number(pid), file } : undefined;
}

/** Major and minor number of the device, hexadecimal, and the inode, as in `/proc/locks`. */
function identityOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return "";
  // How glibc packs a device number: makedev(3).
  const major = ((stats.dev >> 8n) & 0xfffn) | ((stats.dev >> 32n) & ~0xfffn);
  const minor = (stats.dev & 0xffn) | ((stats.dev >> 12n) & ~0xffn);
  const hex = (number: bigint): string => number.toString(16).padStart(2, "0");
  return `${hex(major)}:${hex(minor)}:${stats.ino}`;
}

function nameOf(pid: number): string {
  const [program = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  return path.basename(program) || readFileSync(`/proc/${pid}/comm`, "utf8").trim();
}
