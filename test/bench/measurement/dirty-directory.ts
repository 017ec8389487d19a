import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { testHome, waitFor } from "../../helper/program.ts";
import { type Figure, type MeasureOptions, median } from "../figure.ts";
import { learnTree } from "../known-tree.ts";
import { startProbedDaemon } from "../probed-daemon.ts";
import { createTree, directoryName, FILES_PER_DIRECTORY } from "../tree.ts";

/* One new file in a watched directory: how long after its quiet time it is known. */

const FILES = 2_000;
const SETTLE_SECONDS = 1;
const CALM_MS = 3_000;

export async function measure({ say }: MeasureOptions): Promise<Figure[]> {
  await using home = testHome();
  const tree = home.file("tree");
  createTree(tree, FILES);
  home.configure(
    `agents: [{ id: bench, directories: [{ path: "${tree}" }], settle_seconds: ${SETTLE_SECONDS}, confirm_above_files: 1000000 }]\n`,
  );
  await learnTree(home);
  await using daemon = await startProbedDaemon(home);
  await daemon.watches(FILES / FILES_PER_DIRECTORY);
  await wait(CALM_MS);
  say("writing");
  const delays: number[] = [];
  // Each in a directory of its own: one that changes often is looked at less often.
  for (let index = 0; index < FILES / FILES_PER_DIRECTORY; index += 2) {
    const { items: before } = await daemon.client.runs({ limit: 1 });
    writeFileSync(path.join(tree, directoryName(index), "new.md"), `# New ${index}\n`);
    const writtenAt = Date.now();
    const run = await waitFor("the file is known", async () => {
      const { items } = await daemon.client.runs({ limit: 1 });
      const [newest] = items;
      return newest?.run_id !== before[0]?.run_id && newest?.status !== "running" && newest;
    });
    // A run of a change begins when the first difference has been found.
    delays.push(Date.parse(run.started_at) - (writtenAt + SETTLE_SECONDS * 1000));
  }
  return [
    {
      what: `a new file is known, after its quiet time of ${SETTLE_SECONDS} s`,
      ours: median(delays),
      unit: "ms",
      anchor: null,
      goal: { most: 10, of: "ours" },
    },
  ];
}
