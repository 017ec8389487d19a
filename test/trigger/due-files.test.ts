import { expect, test } from "vitest";
import { saveFile } from "../../daemon/journal/files.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { createDueFiles } from "../../daemon/trigger/due-files.ts";
import type { Reason } from "../../daemon/trigger/look-reasons.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";

/** Writes files of `inbox` that were put off until {@link NOW}. */
function putOff(journal: Journal, files: number): void {
  const put = { state: "pending", reason: "endpoint_unreachable", next_attempt_at: NOW } as const;
  const unread = { stats: null, hash: null, read_at_ms: null, job_id: null };
  const place = { agent_id: "inbox", parent: "/in", root: "/in" };
  journal.transaction(() => {
    for (let at = 1; at <= files; at += 1) {
      const path = `/in/${at}.md`;
      saveFile(journal, { ...place, path, ...unread, ...put, processed_at: null, error: null });
    }
  });
}

/** Asks every second for some seconds. Gives in which of them files were read, and how many were asked for. */
async function askFor(
  seconds: number,
  files: number,
): Promise<{ reads: number[]; asked: number[] }> {
  using opened = await openTestJournal();
  const { journal } = opened;
  putOff(journal, files);
  let second = 0;
  const reads: number[] = [];
  const asked: number[] = [];
  const dueFiles = createDueFiles({
    journal: {
      ...journal,
      all(query) {
        reads.push(second);
        return journal.all(query);
      },
    },
    clock: { now: () => Date.parse(NOW) + second * 1_000 },
    lookQueue: {
      want: (_agentId: string, { paths }: Reason) => void asked.push(paths?.length ?? 0),
    },
  });
  for (; second < seconds; second += 1) dueFiles.want();
  return { reads, asked };
}

test("a due file that no look settles is asked for again after a pause", async () => {
  expect(await askFor(31, 3)).toEqual({
    reads: Array.from({ length: 31 }, (_, second) => second),
    asked: [3, 3],
  });
});

test("very many due files are read no more often than they are asked for", async () => {
  expect(await askFor(61, 1_001)).toEqual({ reads: [0, 30, 60], asked: [1_001, 1_001, 1_001] });
});
