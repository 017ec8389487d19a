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
// At least; and until all are written.
const BLOCKED_MS = 3_000;
// Far less than the time until a sweep would find them in any case.
const PATIENCE_MS = 5 * 60_000;

export async function measure({ say }: MeasureOptions): Promise<Figure[]> {
  const alone = await loseAlone(say);
  await using home = testHome({ "in/first.md": "# First\n" });
  home.configure(
    `agents: [{ id: bench, directories: [{ path: "${home.file("in")}" }], confirm_above_files: 1000000 }]\n`,
  );
  await using daemon = await startProbedDaemon(home);
  await waitFor("the first file is done", async () => {
    const { items } = await daemon.client.files({ state: "done" });
    return items.length === 1;
  });
  await daemon.watches(1);
  say("writing while the daemon is blocked");
  const over = home.file("over");
  const blocked = daemon.block(over);
  await write(home.file("in"), over);
  await blocked;
  say("waiting until they are known");
  let lost = FILES;
  const startedAt = performance.now();
  while (lost > 0 && performance.now() - startedAt < PATIENCE_MS) {
    await wait(1_000);
    // What was sent to it while it was blocked it may refuse as too slow in coming.
    const answer = await daemon.client.verify().catch(() => undefined);
    const [seen] = answer?.directories ?? [];
    if (seen === undefined) continue;
    lost = seen.on_disk - seen.done - seen.pending - seen.failed - seen.skipped;
  }
  return [
    {
      what: `lost of ${FILES.toLocaleString("en")} files in one directory, main thread blocked meanwhile`,
      ours: lost,
      unit: "files",
      anchor: { what: "fs.watch alone", value: alone },
      goal: { most: 0, of: "ours" },
    },
  ];
}

/** Of equal content, so that they are one job: what is measured is whether they are seen. */
async function write(directory: string, over: string): Promise<void> {
  const startedAt = performance.now();
  // The block has begun by then.
  await wait(200);
  for (let index = 0; index < FILES; index += 1) {
    writeFileSync(path.join(directory, `${index}.md`), "# One of many\n");
  }
  await wait(Math.max(0, BLOCKED_MS - (performance.now() - startedAt)));
  writeFileSync(over, "");
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
    const over = home.file("over");
    child.send(over);
    await write(directory, over);
    const [count] = (await heard) as [number];
    return FILES - count;
  } finally {
    child.kill();
  }
}
