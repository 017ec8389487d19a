import { setTimeout } from "node:timers/promises";
import { openScanner } from "../../daemon/scan/scan.ts";
import type { ScanRequest } from "../../daemon/scan/scan-messages.ts";

/*
 * A program that abandons scans at every millisecond of their thread's start. In a process of its own, since
 * a thread that ends while it loads native code aborts the process.
 */

const request: ScanRequest = {
  agent: {
    id: "inbox",
    extensions: [],
    modified_after: null,
    max_file_bytes: 1,
    conflict_copies: "skip",
  },
  directories: [],
  places: { own: [], inbox: "/nowhere", database: "/nowhere/agent-runner.db" },
  unreadable_endings: [],
  paths: null,
  shallow: false,
  force: false,
  settle_ms: 0,
  resettle_ms: 0,
};

for (let count = 0; count < 40; count += 1) {
  const abort = new AbortController();
  await using scanner = openScanner();
  const first = scanner.scan(request, { signal: abort.signal }).next();
  const ended = first.catch((error: unknown) => error);
  // The instant is the case: no condition shows how far the thread is.
  await setTimeout(count);
  abort.abort();
  await ended;
}
