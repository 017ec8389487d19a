import { createRequire } from "node:module";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { writeFileAtomic } from "../../daemon/core/atomic-file.ts";
import { isProcessAlive } from "../../daemon/core/process-alive.ts";

const NAMES: Partial<Record<NodeJS.Platform, string>> = {
  linux: "tray_linux_release",
  darwin: "tray_darwin_release",
  win32: "tray_windows_release.exe",
};

/** The path of the systray2 program for this machine; undefined if this machine has no such program. */
export function findSystray2(): string | undefined {
  const name = NAMES[process.platform];
  // All programs are for Intel. macOS (until macOS 28) and Windows translate, Linux does not.
  if (name === undefined || (process.platform === "linux" && process.arch !== "x64"))
    return undefined;
  try {
    const manifest = createRequire(import.meta.url).resolve("systray2/package.json");
    return path.join(path.dirname(manifest), "traybin", name);
  } catch {
    return undefined;
  }
}

/**
 * Copies the program to where it can run, because npm unpacks it without the permission to execute. An existing copy
 * is used only if it is equal, byte for byte.
 *
 * @returns the path of the copy
 */
export function installSystray2(program: string, directory: string): string {
  const copy = path.join(directory, path.basename(program));
  const bytes = readFileSync(program);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!isSame(copy, bytes)) writeFileAtomic(copy, bytes, 0o700);
  chmodSync(copy, 0o700);
  return copy;
}

/**
 * A directory below `state` for this process only, because another session of the user may have a tray, too. Removes
 * the directories of processes that have ended.
 */
export function ownDirectory(state: string): string {
  for (const name of readdirSync(state)) {
    const [, pid] = /^of-(\d+)$/u.exec(name) ?? [];
    if (pid === undefined || isProcessAlive(Number(pid))) continue;
    rmSync(path.join(state, name), { recursive: true, force: true });
  }
  return path.join(state, `of-${process.pid}`);
}

function isSame(file: string, bytes: Buffer): boolean {
  try {
    return readFileSync(file).equals(bytes);
  } catch {
    return false;
  }
}
