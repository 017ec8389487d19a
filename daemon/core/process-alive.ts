import { systemErrorCode } from "./errors.ts";

/** Whether a process exists, also one of another user or one that is a zombie. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
}
