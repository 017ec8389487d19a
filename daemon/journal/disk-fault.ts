import { systemErrorCode } from "../core/errors.ts";

// Errors caused by the disk or its permissions, not by the query: https://sqlite.org/rescode.html
const DISK_FAULT = /^SQLITE_(?:FULL|IOERR|BUSY|READONLY|CANTOPEN)(?:_|$)/u;

/** The SQLite code of a disk fault, which may pass by itself; undefined for any other error. */
export function diskFaultCode(error: unknown): string | undefined {
  const code = systemErrorCode(error);
  return code !== undefined && DISK_FAULT.test(code) ? code : undefined;
}
