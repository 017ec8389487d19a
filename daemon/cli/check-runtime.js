// better-sqlite3 13 crashes the process (SIGSEGV) on an old Node: say so before it can.
import { explain, isSupported } from "./runtime.js";

if (!isSupported()) {
  console.error(explain());
  process.exit(1);
}
