import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { testHome, waitFor } from "../../helper/program.ts";
import type { Figure, MeasureOptions } from "../figure.ts";
import { startProbedDaemon } from "../probed-daemon.ts";

/* Very many files in one directory while nobody reads events: the system keeps only so many of these. */

const FILES = 30_000;
const BLOCKED_MS = 3_000;
// Far less than the time until a sweep would find them in any case.
const PATIENCE_MS = 5 * 60_000;

export async function measure({ say }: MeasureOptions): Promise<Figure[]> {
  const alone = await loseAlone(say);
  await using home = testHome({ "in/first.md": "# First\n" });
  home.configure(`agents: [{ id: bench, directories: [{ path: "${home.file("in")}" }] }]\n`);
  await using daemon = await startProbedDaemon(home);
  await waitFor("the first file is done", async () => {
    const { items } = await daemon.client.files({ state: "done" });
    return items.length === 1;
  });
  await daemon.watches(1);
  say("writing while the daemon is blocked");
  const blocked = daemon.block(BLOCKED_MS);
  await write(home.file("in"));
  await blocked;
  say("waiting until they are known");
  let lost = FILES;
  const startedAt = performance.now();
  while (lost > 0 && performance.now() - startedAt < PATIENCE_MS) {
    await wait(1_000);
    const { directories } = await daemon.client.verify();
    const [seen] = directories;
    if (seen === undefined) throw new Error("Nothing was verified.");
    lost = seen.on_disk - seen.done - seen.pending - seen.failed - seen.skipped;
  }
  return [
    {
      what: `lost of ${FILES.toLocaleString("en")} files in one directory, main thread blocked for 3 s`,
      ours: lost,
      unit: "files",
      anchor: { what: "fs.watch alone", value: alone },
      goal: { most: 0, of: "ours" },
    },
  ];
}

/** Of equal content, so that they are one job: what is measured is whether they are seen. */
async function write(directory: string): Promise<void> {
  // The block has begun by then.
  await wait(100);
  const startedAt = performance.now();
  for (let index = 0; index < FILES; index += 1) {
    writeFileSync(path.join(directory, `${index}.md`), "# One of many\n");
  }
  const tookMs = performance.now() - startedAt;
  if (tookMs > BLOCKED_MS - 200)
    process.stderr.write(`burst: writing took ${tookMs} ms, longer than the block\n`);
}

async function loseAlone(say: MeasureOptions["say"]): Promise<number> {
  await using home = testHome();
  const directory = home.file("in");
  mkdirSync(directory);
  const child = fork(path.join(import.meta.dirname, "../fs-watch-alone.ts"), [directory]);
  try {
    await once(child, "message");
    say("writing while fs.watch is blocked");
    const heard = once(child, "message");
    child.send(BLOCKED_MS);
    await write(directory);
    const [count] = (await heard) as [number];
    return FILES - count;
  } finally {
    child.kill();
  }
}
