import { systemErrorCode } from "../core/errors.ts";

// What the disk or its owner is at fault for, not the query: https://sqlite.org/rescode.html
const DISK_FAULT = /^SQLITE_(?:FULL|IOERR|BUSY|READONLY|CANTOPEN)(?:_|$)/u;

/** The SQLite code of a fault of the disk, which time may heal; undefined: it is another error. */
export function diskFaultCode(error: unknown): string | undefined {
  const code = systemErrorCode(error);
  return code !== undefined && DISK_FAULT.test(code) ? code : undefined;
}
