import { openKnownFiles } from "../../daemon/journal/known-file-reader.ts";
import { compareAgent } from "../../daemon/scan/compare.ts";
import { countCoverage } from "../../daemon/scan/coverage.ts";
import type { ScanPart } from "../../daemon/scan/scan-messages.ts";
import type { Scanner } from "../../daemon/scan/scan.ts";

/** The scan without its thread, in the time of the simulation. */
export function openInlineScanner(now: () => number): Scanner {
  // Nobody waits inside a scan: what would settle is looked at again.
  const time = { now, sleep: () => {} };
  return {
    async *scan(request, { signal }) {
      signal.throwIfAborted();
      const parts: ScanPart[] = [];
      {
        using known = openKnownFiles(request.places.database);
        compareAgent(request, known, time, (part) => parts.push(part));
      }
      for (const part of parts) {
        await new Promise(setImmediate);
        signal.throwIfAborted();
        yield part;
      }
    },
    async readCoverage(request) {
      using known = openKnownFiles(request.places.database);
      return countCoverage(request, known);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
