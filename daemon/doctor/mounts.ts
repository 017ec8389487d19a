import { readFileSync } from "node:fs";
import { isWithin } from "../scan/boundary.ts";

export interface Mount {
  place: string;
  /** `ext4`, `nfs4` … */
  type: string;
}

/** The mounts of this system; empty except on Linux. */
export function readMounts(): Mount[] {
  try {
    return parseMounts(readFileSync("/proc/self/mounts", "utf8"));
  } catch {
    return [];
  }
}

/** Parses /proc/self/mounts: device, place, type, options …; space, tab, newline and \ are octal (proc(5)). */
export function parseMounts(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [, place, type] = line.split(" ");
    if (place === undefined || type === undefined) return [];
    const path = place.replaceAll(/\\(\d{3})/gu, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return [{ place: path, type }];
  });
}

/** The mount that a path is on: the deepest one above it, and the last of equal ones. */
export function findMount(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts
    .filter(({ place }) => isWithin(place, path))
    .reduce<Mount | undefined>(
      (best, mount) => (best && best.place.length > mount.place.length ? best : mount),
      undefined,
    );
}

// File systems that do not report changes made on another machine.
const REMOTE =
  /^(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|davfs|vboxsf|vmhgfs|prl_fs|fuse\.(sshfs|rclone|davfs2?|glusterfs|s3fs|gcsfuse|vmhgfs-fuse))$/u;

/** Whether a watch may miss changes on this file system. */
export function isRemote({ type }: Mount): boolean {
  return REMOTE.test(type);
}
