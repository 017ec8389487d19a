import { truncateSync } from "node:fs";
import { expect, test } from "vitest";
import { RunnerError } from "../../daemon/core/errors.ts";
import { readCoverage, scan } from "../../daemon/trigger/scan.ts";
import type { ScanPart, ScanRequest } from "../../daemon/trigger/scan-report.ts";
import { putTogether, watchedFolder } from "./watched-folder.ts";

const signal = new AbortController().signal;

async function collect(request: ScanRequest): Promise<ScanPart[]> {
  const parts: ScanPart[] = [];
  for await (const part of scan(request, { signal })) parts.push(part);
  return parts;
}

test("a scan in its thread finds what a scan in this one does", async () => {
  using watched = await watchedFolder({ "a.md": "hello", "in/b.md": "", "in/c.jpg": "there" });
  const there = putTogether(await collect(watched.request()));
  const here = watched.scan();
  for (const file of [...here.observed, ...there.observed]) file.read_at_ms = 0;
  expect(there).toEqual(here);
  expect(here).toMatchObject({ observed: [{}], skipped: [{}, {}] });
});

test("files are counted against the journal in a thread too", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  expect(await readCoverage(watched.request(), { signal })).toEqual(watched.coverage());
});

test("a scan of many files comes in batches that wait for who takes them in", async () => {
  const files = Array.from(
    { length: 2600 },
    (_, index) => [`${index % 7}/${index}.md`, "x"] as const,
  );
  using watched = await watchedFolder(Object.fromEntries(files));
  const parts: ScanPart[] = [];
  for await (const part of scan(watched.request(), { signal })) {
    parts.push(part);
    await new Promise(setImmediate);
  }
  const sizesOfBatches = parts.map((part) => (part.kind === "batch" ? part.observed.length : -1));
  expect(sizesOfBatches).toEqual([500, 500, 500, 500, 500, 100, -1]);
});

test("an abort ends a scan in the middle of a file", { timeout: 20_000 }, async () => {
  const files = Array.from({ length: 500 }, (_, index) => [`${index}.md`, "x"] as const);
  using watched = await watchedFolder({ ...Object.fromEntries(files), "in/huge.md": "x" });
  // Without its blocks; hashing it would take a minute.
  truncateSync(watched.folder.file("in/huge.md"), 2 ** 36);
  const abort = new AbortController();
  const agent = { ...watched.request().agent, max_file_bytes: 2 ** 37 };
  const parts = scan(watched.request({ agent }), { signal: abort.signal });
  expect((await parts.next()).value).toMatchObject({ kind: "batch" });
  abort.abort();
  await expect(parts.next()).rejects.toMatchObject({ name: "AbortError" });
  await expect(scan(watched.request(), { signal: abort.signal }).next()).rejects.toMatchObject({
    name: "AbortError",
  });
});

test("a scan that cannot be done is an error with a code", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  const places: ScanRequest["places"] = {
    ...watched.request().places,
    database: watched.folder.file("no.db"),
  };
  const failure = collect(watched.request({ places })).catch((error: unknown) => error);
  expect(await failure).toBeInstanceOf(RunnerError);
  expect(await failure).toMatchObject({
    code: "internal",
    message: expect.stringContaining("notes"),
  });
});
