import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmdirSync } from "node:fs";
import type { TestFolder } from "../folder.ts";

/** A directory that can be away, with an empty one in its place. */
export interface Drive extends Disposable {
  readonly isOnline: boolean;
  /** Where its files are: also while it is away, when others may use it. */
  readonly path: string;
  /** Takes it away, or brings it back. */
  toggle(): void;
}

/** A real mount, or a directory that is renamed away. */
export type DriveKind = "mount" | "rename";

export function openDrive(folder: Pick<TestFolder, "file">, kind: DriveKind): Drive {
  const root = folder.file("drive");
  const store = folder.file("store");
  mkdirSync(root);
  if (kind === "mount") {
    mkdirSync(store);
    mount("-t", "tmpfs", "tmpfs", store);
    mount("--bind", store, root);
  }
  let isOnline = true;
  return {
    get isOnline() {
      return isOnline;
    },
    get path() {
      return isOnline ? root : store;
    },
    toggle() {
      if (kind === "mount") {
        if (isOnline) unmount(root);
        else mount("--bind", store, root);
      } else if (isOnline) {
        renameSync(root, store);
        mkdirSync(root);
      } else {
        rmdirSync(root);
        renameSync(store, root);
      }
      isOnline = !isOnline;
    },
    [Symbol.dispose]() {
      if (kind === "rename") return;
      if (isOnline) unmount(root);
      unmount(store);
    },
  };
}

/** Whether this process may mount: as root, and not in a sandbox that forbids it. */
export function canMount(folder: Pick<TestFolder, "file">): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    openDrive(folder, "mount")[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

function mount(...args: string[]): void {
  execFileSync("mount", args, { stdio: "pipe" });
}

/** As a drive that is pulled out: whoever reads there does not keep it. */
function unmount(place: string): void {
  execFileSync("umount", ["--lazy", place], { stdio: "pipe" });
}
