import { expect, test } from "vitest";
import { followRun, formatProgress } from "../../daemon/cli/progress.ts";
import { renderRun } from "../../daemon/cli/run-summary.ts";
import type { Run } from "../../daemon/protocol/run.ts";
import { captureOutput } from "./captured-output.ts";

const run: Run = {
  run_id: "run_1",
  agent_id: "inbox",
  trigger: "manual",
  status: "running",
  dry_run: false,
  awaits_confirmation: false,
  started_at: "2026-08-09T10:00:00.000Z",
  finished_at: null,
  files: { found: 8, unchanged: 3, processed: 1, failed: 0, skipped: 0, pending: 4 },
  outcomes: { recorded: 1, nothing_recorded: 0, capped: 0 },
  warned: 0,
  entities: { created: 2, updated: 1, retired: 0 },
  usage: {
    requests: 0,
    input_tokens: 0,
    cached_input_tokens: 0,
    output_tokens: 0,
    cost_usd: 0,
    spent_usd: 0,
    reserved_usd: 0,
    unknown_requests: 0,
  },
  error: null,
};
const ended: Run = { ...run, status: "success", finished_at: "2026-08-09T10:00:12.000Z" };
const screen = { width: 100, style: (_format: unknown, text: string) => text };

test("before the scan has found anything there is no bar", () => {
  const files = { ...run.files, found: 0, pending: 0 };
  expect(formatProgress({ ...run, files }, 1_200, null)).toBe("looking for files · 1.2 s");
});

test("the bar shows how many files are settled", () => {
  expect(formatProgress(run, 61_000, null)).toBe(
    `${"█".repeat(12)}${"░".repeat(12)} 4/8 files · 2 created · 1 updated · 1 min 1 s`,
  );
});

test("failed files are told only when there are some", () => {
  const files = { ...run.files, failed: 1, pending: 3 };
  expect(formatProgress({ ...run, files }, 0, null)).toContain(" 5/8 files · 1 failed · ");
});

function followed(runs: Run[], terminal: { isTTY?: boolean }, signal: AbortSignal) {
  const { output, stderr } = captureOutput(terminal);
  const answers = [...runs];
  const followed = {
    readRun: async () => answers.shift() ?? ended,
    readBacklog: async () => ({ done: 1, total: 5, waiting: 0, seconds_left: 7_200 }),
  };
  const result = followRun(followed, output, signal);
  return { result, shown: stderr };
}

test("a run is followed to its end, and the bar is gone then", async () => {
  const { result, shown } = followed([run], { isTTY: true }, new AbortController().signal);
  expect(await result).toEqual(ended);
  expect(shown()).toContain("4/8 files");
  expect(shown()).toContain(" · about 2 hours left");
  expect(shown().endsWith("\r\x1b[2K")).toBe(true);
});

test("off a terminal a short run says nothing", async () => {
  const { result, shown } = followed([run], {}, new AbortController().signal);
  await result;
  expect(shown()).toBe("");
});

test("following ends when it is aborted", async () => {
  const controller = new AbortController();
  const { result } = followed([run, run, run], {}, controller.signal);
  controller.abort();
  await expect(result).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
});

test("the summary of a run with the rules says that no request was sent", () => {
  const lines = renderRun(ended, screen);
  expect(lines).toContain(
    "files     8 found: 3 unchanged, 1 processed, 0 failed, 0 skipped, 4 pending",
  );
  expect(lines).toContain("entities  2 created, 1 updated, 0 retired");
  expect(lines).toContain("model     no requests");
  expect(lines.join("\n")).toContain("took 12 s");
});

test("a price that is not known is said, and an error comes with its hint", () => {
  const lines = renderRun(
    {
      ...ended,
      status: "partial",
      usage: {
        ...run.usage,
        requests: 2,
        input_tokens: 1000,
        output_tokens: 1,
        cost_usd: null,
        spent_usd: 0.26,
        reserved_usd: 0.7,
        unknown_requests: 2,
      },
      error: { code: "endpoint_unreachable", message: "no answer", hint: "start it" },
    },
    screen,
  );
  expect(lines).toContain(
    "model     2 requests, 1000 input tokens (0 cached), 1 output token, $0.26 spent, $0.70 reserved, 2 requests unknown",
  );
  expect(lines).toContain("error     no answer\n          start it");
});
