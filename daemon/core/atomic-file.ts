import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { systemErrorCode } from "./errors.ts";

/**
 * Writes a file so that a reader sees, and a crash leaves, the old text or the new one, never a part.
 * In this order, because the rename must not become durable before the text.
 *
 * It first writes a new file with a name that cannot be guessed, so that no link planted in a directory that others
 * may write to leads it elsewhere.
 *
 * @param mode permissions of the new file, e.g. 0o600
 */
export function writeFileAtomic(file: string, content: string | Uint8Array, mode: number): void {
  const temporary = path.join(
    path.dirname(file),
    `${PREFIX}${randomBytes(12).toString("hex")}.tmp`,
  );
  const handle = openSync(temporary, "wx", mode);
  try {
    try {
      // Set again, because the umask narrows the mode above.
      fchmodSync(handle, mode);
      writeFileSync(handle, content);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

const PREFIX = ".agent-runner-";
const LEFTOVER = /^\.agent-runner-[0-9a-f]{24}\.tmp$/u;
// No write takes this long, so an older file is not in use.
const IN_USE_MS = 3_600_000;

/** Removes what crashed writes left in a directory an hour ago or earlier. */
export function removeLeftovers(directory: string): void {
  for (const name of readNames(directory).filter((one) => LEFTOVER.test(one))) {
    const leftover = path.join(directory, name);
    const stats = lstatSync(leftover, { throwIfNoEntry: false });
    if (stats?.isFile() && Date.now() - stats.mtimeMs > IN_USE_MS)
      rmSync(leftover, { force: true });
  }
}

function readNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}
