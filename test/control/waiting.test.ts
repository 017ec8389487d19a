import { expect, test } from "vitest";
import { toInstant } from "../../daemon/core/clock.ts";
import { CODES, type ErrorCode, RunnerError } from "../../daemon/core/errors.ts";
import { findFileRow, markGone, saveFile, unsettleFile } from "../../daemon/journal/files.ts";
import { adoptJob, supersedeIfUnwanted } from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { findRunRow } from "../../daemon/journal/runs.ts";
import type { QuietReason, UNAVAILABLE } from "../../daemon/journal/wait-reason.ts";
import { writeSettlement } from "../../daemon/queue/end-attempt.ts";
import { settle } from "../../daemon/queue/settle.ts";
import { endRun, finishIfComplete, statusOf } from "../../daemon/runs/finish.ts";
import { addRun } from "../helper/past-work.ts";
import { addJob, claim, list, NOW } from "../helper/test-journal.ts";
import { commitJob, workJob, workspaceOf } from "../helper/worked-job.ts";
import { openStatusRoom } from "./status-room.ts";

/*
 * The problems of the status are those of the files that wait now. For every reason that a file may wait for: the
 * problem stays while other files come, succeed, fail and go, counts the files, and goes with the last of them.
 */

const LATER = "2026-11-20T12:00:00.000Z";

let count = 0;

/** A file at work, in a run of its own. */
function begin(journal: Journal): {
  file_id: string;
  run_id: string;
  job: ReturnType<typeof claim>;
} {
  count += 1;
  const { run_id, file_ids } = addJob(journal, {
    hash: count.toString(16).padStart(64, "0"),
    paths: [`/in/${count}.md`],
  });
  return { file_id: file_ids[0] ?? "", run_id, job: claim(journal) };
}

function end(journal: Journal, runId: string): void {
  const run = findRunRow(journal, runId);
  if (run !== undefined) finishIfComplete(journal, runId, NOW);
}

/** Makes a file wait as a job does that met a fault. */
function waitForFault(journal: Journal, code: ErrorCode): string {
  const { file_id, run_id, job } = begin(journal);
  const error = new RunnerError(code, `A fault: ${code}.`, { hint: "Do this." });
  // The fourth in a row, which no run waits out.
  const settlement = settle({ outcome: "fault", error }, { faults: 3 }, Date.parse(NOW));
  writeSettlement(journal, job, settlement, Date.parse(NOW));
  end(journal, run_id);
  return file_id;
}

const HIDDEN: ReadonlySet<string> = new Set<ErrorCode>(["cancelled"]);
const FAULTS = (Object.keys(CODES) as ErrorCode[]).filter(
  (code) => ["user", "transient"].includes(CODES[code].kind) && !HIDDEN.has(code),
);

test.each(FAULTS)(
  "files that wait for %s are one problem, for as long as they wait",
  async (code) => {
    using room = await openStatusRoom();
    const { journal } = room;
    const first = waitForFault(journal, code);
    const waits = (files: number): object => ({
      state: "attention",
      queue: { pending: files },
      agents: [{ id: "inbox", state: "attention" }],
      problems: [
        {
          code,
          agent_id: "inbox",
          message: `A fault: ${code}.`,
          hint: "Do this.",
          files,
          next_attempt_at: findFileRow(journal, first)?.next_attempt_at,
        },
      ],
    });
    expect(room.status()).toMatchObject(waits(1));
    othersComeAndGo(journal);
    expect(room.status()).toMatchObject(waits(1));

    const second = waitForFault(journal, code);
    othersComeAndGo(journal);
    expect(room.status()).toMatchObject(waits(2));
    expect(room.status().problems).toHaveLength(1);

    // The first is tried again: until that ends, it is as it was.
    const retried = tryAgain(journal, first);
    expect(room.status()).toMatchObject({ state: "attention", problems: [{ code, files: 2 }] });
    const again = claim(journal);
    expect(room.status()).toMatchObject({ state: "attention", problems: [{ code, files: 2 }] });
    commitJob(journal, {
      job: again,
      run_id: retried,
      workspace: workspaceOf(journal, again, [first]),
    });
    expect(room.status()).toMatchObject({ state: "attention", problems: [{ code, files: 1 }] });

    markGone(journal, [second]);
    expect(room.status()).toMatchObject({
      state: "idle",
      problems: [],
      agents: [{ state: "idle" }],
    });
  },
);

/** Another file is done, one fails, and one that waited for something else is deleted; a look finds nothing. */
function othersComeAndGo(journal: Journal): void {
  count += 1;
  workJob(
    journal,
    { content: String.fromCodePoint(200 + count), paths: [`/in/${count}.md`] },
    () => {},
  );
  const { run_id, job } = begin(journal);
  const error = new RunnerError("decoding_failed", "Not text.");
  writeSettlement(
    journal,
    job,
    settle({ outcome: "failed", error }, { faults: 0 }, 0),
    Date.parse(NOW),
  );
  end(journal, run_id);
  const gone = waitForFault(journal, "prompt_truncated");
  markGone(journal, [gone]);
  addRun(journal);
}

function tryAgain(journal: Journal, fileId: string): string {
  const run_id = addRun(journal, { status: "running" });
  const jobId = findFileRow(journal, fileId)?.job_id ?? "";
  adoptJob(journal, jobId, run_id, 2);
  const row = findFileRow(journal, fileId);
  if (row !== undefined) {
    const { seq: _seq, file_id: _id, size, mtime_ms, ctime_ms, inode, ...rest } = row;
    const stats = {
      size: size ?? 0,
      mtime_ms: mtime_ms ?? 0,
      ctime_ms: ctime_ms ?? 0,
      inode: inode ?? 0,
    };
    saveFile(journal, { ...rest, stats, reason: null, next_attempt_at: null, error: null });
  }
  list(journal, run_id);
  return run_id;
}

/** Every reason that needs no person, and how a file comes to wait for it. */
const QUIET: Record<QuietReason, (journal: Journal) => string> = {
  changing: (journal) => addUnread(journal, "changing", Date.parse(NOW)),
  changed: (journal) => unsettled(journal, "changed"),
  recipe_changed: (journal) => unsettled(journal, "recipe_changed"),
  interrupted: (journal) => left(journal, "interrupted"),
  cancelled: (journal) => left(journal, "cancelled"),
  dry_run: (journal) => left(journal, "dry_run"),
  outside_hours: (journal) => left(journal, "outside_hours"),
};

test.each(Object.entries(QUIET))("files that wait for %s are no problem", async (_, wait) => {
  using room = await openStatusRoom();
  wait(room.journal);
  expect(room.status()).toMatchObject({ state: "idle", queue: { pending: 1 }, problems: [] });
  othersComeAndGo(room.journal);
  expect(room.status()).toMatchObject({ state: "idle", queue: { pending: 1 }, problems: [] });
});

function unsettled(journal: Journal, reason: QuietReason): string {
  const { file_ids } = workJob(journal, { content: "f" }, () => {});
  const [fileId = ""] = file_ids;
  unsettleFile(journal, fileId, { reason, next_attempt_at: LATER });
  return fileId;
}

/** Leaves a job as the end of its attempt does when something else ended it. */
function left(journal: Journal, reason: QuietReason): string {
  const { file_id, run_id, job } = begin(journal);
  const settlement = settle({ outcome: "interrupted" }, { faults: 0 }, Date.parse(NOW));
  const { end: ended } = settlement;
  if (ended.state === "pending") ended.reason = reason;
  writeSettlement(journal, job, settlement, Date.parse(NOW));
  endRun(journal, { run_id, agent_id: "inbox" }, "cancelled", NOW);
  return file_id;
}

function addUnread(
  journal: Journal,
  reason: QuietReason | typeof UNAVAILABLE,
  ctime_ms: number,
): string {
  count += 1;
  return saveFile(journal, {
    agent_id: "inbox",
    path: `/in/${count}.md`,
    parent: "/in",
    root: "/in",
    stats: { size: 1, mtime_ms: ctime_ms, ctime_ms, inode: count },
    hash: null,
    read_at_ms: null,
    state: "pending",
    reason,
    next_attempt_at: toInstant(ctime_ms + 2_000),
    job_id: null,
    processed_at: null,
    error: null,
  });
}

test("a file that the system refuses to read now is a problem once that lasts", async () => {
  using room = await openStatusRoom();
  const { journal } = room;
  addUnread(journal, "unavailable", Date.parse(NOW) - 5_000);
  expect(room.status()).toMatchObject({ state: "idle", problems: [] });
  const stuck = addUnread(journal, "unavailable", Date.parse(NOW) - 120_000);
  othersComeAndGo(journal);
  expect(room.status()).toMatchObject({
    state: "attention",
    problems: [{ code: "unavailable", agent_id: "inbox", files: 1 }],
  });
  markGone(journal, [stuck]);
  expect(room.status()).toMatchObject({ state: "idle", problems: [] });
});

test("a short fault that a run waits out is no problem", async () => {
  using room = await openStatusRoom();
  const { journal } = room;
  const { job } = begin(journal);
  const error = new RunnerError("endpoint_unreachable", "No answer.");
  const settlement = settle({ outcome: "fault", error }, { faults: 0 }, Date.parse(NOW));
  expect(settlement.hold_ms).not.toBeNull();
  writeSettlement(journal, job, settlement, Date.parse(NOW));
  expect(room.status()).toMatchObject({ state: "working", problems: [] });
  claim(journal);
  expect(room.status()).toMatchObject({ state: "working", problems: [] });
});

test("a key that is accepted again is no problem while the rest of the run is still to do", async () => {
  using room = await openStatusRoom();
  const { journal } = room;
  const files = [waitForFault(journal, "key_refused"), waitForFault(journal, "key_refused")];
  const run_id = addRun(journal, { status: "running" });
  for (const fileId of files) {
    adoptJob(journal, findFileRow(journal, fileId)?.job_id ?? "", run_id, 2);
    journal.run(
      journal.build
        .updateTable("files")
        .set({ reason: null, next_attempt_at: null, error: null })
        .where("file_id", "=", fileId),
    );
  }
  list(journal, run_id);
  expect(room.status()).toMatchObject({ state: "attention", problems: [{ files: 2 }] });
  const job = claim(journal);
  commitJob(journal, { job, run_id, workspace: workspaceOf(journal, job, []) });
  expect(room.status()).toMatchObject({ state: "working", problems: [] });
  const row = findRunRow(journal, run_id);
  expect(row && statusOf(row)).toBe("partial");
});

test("a job that no file needs any more is no problem", async () => {
  using room = await openStatusRoom();
  const { journal } = room;
  const file = waitForFault(journal, "endpoint_fault");
  tryAgain(journal, file);
  markGone(journal, [file]);
  supersedeIfUnwanted(journal, findFileRow(journal, file)?.job_id ?? "", NOW);
  expect(room.status()).toMatchObject({ problems: [] });
});
