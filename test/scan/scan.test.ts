import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { RunnerError } from "../../daemon/core/errors.ts";
import { openScanner } from "../../daemon/scan/scan.ts";
import type { ScanPart, ScanRequest } from "../../daemon/scan/scan-messages.ts";
import { putTogether, watchedFolder } from "../trigger/watched-folder.ts";

const signal = new AbortController().signal;

async function collect(request: ScanRequest): Promise<ScanPart[]> {
  const parts: ScanPart[] = [];
  await using scanner = openScanner();
  for await (const part of scanner.scan(request, { signal })) parts.push(part);
  return parts;
}

/** Writes so many small files, spread over so many directories. */
function fill(root: string, files: number, directories: number): void {
  for (let index = 0; index < directories; index += 1) mkdirSync(path.join(root, `${index}`));
  for (let index = 0; index < files; index += 1) {
    writeFileSync(path.join(root, `${index % directories}`, `${index}.md`), "x");
  }
}

const run = promisify(execFile);

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
  await using scanner = openScanner();
  expect(await scanner.readCoverage(watched.request(), { signal })).toEqual(watched.coverage());
});

test("a scan of many files comes in batches that wait for who takes them in", async () => {
  using watched = await watchedFolder();
  fill(watched.folder.path, 2600, 7);
  const parts: ScanPart[] = [];
  await using scanner = openScanner();
  for await (const part of scanner.scan(watched.request(), { signal })) {
    parts.push(part);
    await new Promise(setImmediate);
  }
  const sizesOfBatches = parts.map((part) => (part.kind === "batch" ? part.observed.length : -1));
  expect(sizesOfBatches).toEqual([500, 500, 500, 500, 500, 100, -1]);
});

test("gone files come after all others, so that a move can be recognised", async () => {
  using watched = await watchedFolder();
  const { path: root } = watched.folder;
  fill(root, 1200, 2);
  watched.settle();
  renameSync(path.join(root, "0"), path.join(root, "2"));
  renameSync(path.join(root, "1"), path.join(root, "0"));
  renameSync(path.join(root, "2"), path.join(root, "1"));
  const batches = (await collect(watched.request())).filter((part) => part.kind === "batch");
  const last = batches.findLastIndex(({ observed }) => observed.length > 0);
  const first = batches.findIndex(({ gone }) => gone.length > 0);
  expect(batches.reduce((sum, { gone }) => sum + gone.length, 0)).toBe(1200);
  expect(first).toBeGreaterThanOrEqual(last);
});

test("a scan runs no further than two batches ahead of who takes them in", async () => {
  using watched = await watchedFolder();
  fill(watched.folder.path, 5000, 7);
  await using scanner = openScanner();
  const slow = scanner.scan(watched.request(), { signal });
  const parts = [await slow.next()];
  // In the time of a whole scan the first one could have come to its end as well.
  await collect(watched.request());
  rmSync(watched.folder.path, { recursive: true });
  for (let part = await slow.next(); part.done !== true; part = await slow.next()) parts.push(part);
  const { observed } = putTogether(parts.flatMap((part) => part.value ?? []));
  expect(observed.length).toBeLessThanOrEqual(4 * 500);
});

test("six thousand files are scanned, and scanned again", async ({ annotate }) => {
  using watched = await watchedFolder();
  fill(watched.folder.path, 6_000, 120);
  for (const expected of [{ observed: 6_000 }, { unchanged: 6_000 }]) {
    const startedMs = performance.now();
    const result = putTogether(await collect(watched.request()));
    const tookMs = Math.round(performance.now() - startedMs);
    await annotate(`${tookMs} ms, ${Math.round(process.memoryUsage.rss() / 1e6)} MB resident`);
    watched.learn(result, 60_000);
    expect({ ...result, observed: result.observed.length }).toMatchObject(expected);
  }
});

test("an abort ends a scan in the middle of a file", async () => {
  const files = Array.from({ length: 500 }, (_, index) => [`${index}.md`, "x"] as const);
  using watched = await watchedFolder({ ...Object.fromEntries(files), "in/huge.md": "x" });
  // Without its blocks; hashing it would take a minute.
  truncateSync(watched.folder.file("in/huge.md"), 2 ** 36);
  const abort = new AbortController();
  const agent = { ...watched.request().agent, max_file_bytes: 2 ** 37 };
  await using scanner = openScanner();
  const parts = scanner.scan(watched.request({ agent }), { signal: abort.signal });
  expect((await parts.next()).value).toMatchObject({ kind: "batch" });
  abort.abort();
  await expect(parts.next()).rejects.toMatchObject({ name: "AbortError" });
  await expect(
    scanner.scan(watched.request(), { signal: abort.signal }).next(),
  ).rejects.toMatchObject({ name: "AbortError" });
});

test("scans that are abandoned while their thread starts do not end the process", async () => {
  const program = new URL("../helper/abandon-scans.ts", import.meta.url);
  const { stderr } = await run(process.execPath, [fileURLToPath(program)]);
  expect(stderr).toBe("");
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

test("scans one after the other, and at the same time, are as one alone, also after some that did not end", async () => {
  using watched = await watchedFolder();
  fill(watched.folder.path, 1200, 7);
  const request = watched.request();
  const places = { ...request.places, database: watched.folder.file("no.db") };
  await using scanner = openScanner();
  const count = async (): Promise<number> => {
    let files = 0;
    for await (const part of scanner.scan(request, { signal })) {
      if (part.kind === "batch") files += part.observed.length;
    }
    return files;
  };
  expect(await count()).toBe(1200);
  await expect(scanner.scan({ ...request, places }, { signal }).next()).rejects.toThrow("notes");
  expect(await count()).toBe(1200);
  for await (const part of scanner.scan(request, { signal })) {
    expect(part.kind).toBe("batch");
    break;
  }
  expect(await Promise.all([count(), count(), count()])).toEqual([1200, 1200, 1200]);
  expect(await scanner.readCoverage(request, { signal })).toMatchObject([{ on_disk: 1200 }]);
});
