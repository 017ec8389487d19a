import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

/**
 * Writes a file so that a reader sees, and a crash leaves, the old text or the new one, never a part.
 * In this order, because the rename must not become durable before the text.
 *
 * @param mode permissions of the new file, e.g. 0o600
 */
export function writeFileAtomic(file: string, text: string, mode: number): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  const handle = openSync(temporary, "w", mode);
  try {
    try {
      // Set again, because the umask narrows the mode above.
      fchmodSync(handle, mode);
      writeFileSync(handle, text);
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
