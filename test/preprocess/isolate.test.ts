import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  ISOLATE_LIMITS,
  type IsolateLimits,
  openIsolate,
} from "../../daemon/preprocess/isolate.ts";
import { findExtractors } from "../helper/extractor-pids.ts";
import { waitFor } from "../helper/program.ts";

const open = (limits: Partial<IsolateLimits> = {}) => openIsolate({ ...ISOLATE_LIMITS, ...limits });
const page = (html: string | Buffer, name = "page.html") => ({
  bytes: Buffer.from(html),
  name,
  content_type: "text/html",
});
const pids = (): number[] => findExtractors(process.pid);
const anotherThan = (known: number | undefined) =>
  waitFor("another process", () => pids().find((pid) => pid !== known));

// More elements than the deadline of any test leaves time for.
const SLOW = page("<a><b><i>x".repeat(400_000), "slow.html");
const PLAIN = page("<h1>Plan</h1><p>Call Ann");
const PLAIN_TEXT = { outcome: "document", document: { text: "# Plan\n\nCall Ann\n" } };

test("one process makes one document after the other", async () => {
  await using isolate = open();
  const results = await Promise.all([isolate.extract(PLAIN), isolate.extract(PLAIN)]);
  expect(results).toMatchObject([PLAIN_TEXT, PLAIN_TEXT]);
  expect(pids()).toHaveLength(1);
});

test("a process gives way to a new one after some documents", async () => {
  await using isolate = open({ documents: 2 });
  await isolate.extract(PLAIN);
  const [first] = pids();
  await isolate.extract(PLAIN);
  expect(pids()).toEqual([]);
  await isolate.extract(PLAIN);
  expect(await anotherThan(first)).toBeGreaterThan(0);
});

test("a process that has nothing to do ends", async () => {
  await using isolate = open({ idle_ms: 10 });
  await isolate.extract(PLAIN);
  await waitFor("no process is left", () => pids().length === 0);
  expect(await isolate.extract(PLAIN)).toMatchObject(PLAIN_TEXT);
});

test("the process has no environment, no reach and no place of the user's", async () => {
  await using isolate = open();
  await isolate.extract(PLAIN);
  const [pid] = pids();
  expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toMatch(/^(?:HOME|PATH|USER|\w*KEY)=/m);
  const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  expect(args).toContain("--permission");
  expect(args.filter((arg) => arg.startsWith("--allow"))).toSatisfy((allowed: string[]) =>
    allowed.every((arg) => /^--allow-fs-read=.*\/(?:daemon|node_modules)$/.test(arg)),
  );
});

test("a document that takes too long fails alone, and its process is gone", async () => {
  await using isolate = open({ timeout_ms: 400 });
  await expect(isolate.extract(SLOW)).rejects.toMatchObject({
    code: "extract_timeout",
    kind: "job",
  });
  expect(pids()).toEqual([]);
});

test("a document that fills the heap fails alone", async () => {
  await using isolate = open({ memory_bytes: 128 * 2 ** 20 });
  await expect(isolate.extract(SLOW)).rejects.toMatchObject({ code: "extract_limit", kind: "job" });
  expect(await isolate.extract(PLAIN)).toMatchObject(PLAIN_TEXT);
});

test.runIf(process.platform === "linux")(
  "a document that takes memory outside of the heap fails alone",
  async () => {
    await using isolate = open({ memory_bytes: 160 * 2 ** 20 });
    const large = page(Buffer.alloc(160 * 2 ** 20, "word "));
    await expect(isolate.extract(large)).rejects.toMatchObject({ code: "extract_limit" });
    expect(await isolate.extract(PLAIN)).toMatchObject(PLAIN_TEXT);
  },
);

test("an answer that is too long is not taken in", async () => {
  await using isolate = open({ output_bytes: 10_000 });
  const long = page(`<p>${"word ".repeat(10_000)}`);
  await expect(isolate.extract(long)).rejects.toMatchObject({ code: "extract_limit" });
  expect(await isolate.extract(PLAIN)).toMatchObject(PLAIN_TEXT);
});

test("a document whose process is killed once is read by another", async () => {
  await using isolate = open();
  const read = isolate.extract(PLAIN);
  process.kill(await anotherThan(undefined), "SIGKILL");
  expect(await read).toMatchObject(PLAIN_TEXT);
});

test("a document whose process dies twice fails alone", async () => {
  await using isolate = open();
  const read = isolate.extract(SLOW).catch((error: unknown) => error);
  const first = await anotherThan(undefined);
  process.kill(first, "SIGKILL");
  process.kill(await anotherThan(first), "SIGKILL");
  expect(await read).toMatchObject({ code: "extractor_crashed", kind: "job" });
  expect(await isolate.extract(PLAIN)).toMatchObject(PLAIN_TEXT);
});

test("a signal ends the document in work, and one that waits is not begun", async () => {
  await using isolate = open();
  const stop = new AbortController();
  const reads = [SLOW, PLAIN].map((input) => isolate.extract(input, stop.signal));
  await anotherThan(undefined);
  stop.abort();
  const settled = await Promise.allSettled(reads);
  for (const result of settled) expect(result).toMatchObject({ reason: { name: "AbortError" } });
  expect(pids()).toEqual([]);
  expect(await isolate.extract(PLAIN)).toMatchObject(PLAIN_TEXT);
});

test("nothing is left when it is closed, whatever it was at", async () => {
  const isolate = open();
  const reads = [SLOW, PLAIN].map((input) => isolate.extract(input));
  const settled = Promise.allSettled(reads);
  await anotherThan(undefined);
  await isolate[Symbol.asyncDispose]();
  expect(pids()).toEqual([]);
  for (const result of await settled) expect(result.status).toBe("rejected");
});

test("what an extractor finds wrong comes across with its code and hint", async () => {
  await using isolate = open();
  const broken = { bytes: Buffer.from("PK\u0003\u0004 broken"), name: "a.docx" };
  const content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  await expect(isolate.extract({ ...broken, content_type })).rejects.toMatchObject({
    code: "decoding_failed",
    message: expect.stringMatching(/^Could not make a document of a\.docx: .*\.$/),
    hint: expect.any(String),
  });
});
