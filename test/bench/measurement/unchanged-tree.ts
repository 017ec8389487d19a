import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { testHome } from "../../helper/program.ts";
import { type Figure, type MeasureOptions, median, takeTurns, timeOf } from "../figure.ts";
import { learnTree } from "../known-tree.ts";
import { durationOf, startProbedDaemon } from "../probed-daemon.ts";
import { readMemory } from "../process-memory.ts";
import { createTree, FILES_PER_DIRECTORY } from "../tree.ts";

/* Trees that do not change: what a sweep takes, whether it is in the way, and what watching costs. */

const FILES = 100_000;
const MANY_FILES = 1_000_000;
const ROUNDS = 9;
// The looks that a start gives rise to are over by then, and what they left behind is collected.
const CALM_MS = 10_000;

export async function measure(options: MeasureOptions): Promise<Figure[]> {
  const { figures, memory } = await measureTree(FILES, options);
  if (options.large) {
    const larger = await measureTree(MANY_FILES, options);
    figures.push(...larger.figures);
    for (const kind of ["rss", "pss"] as const) {
      figures.push({
        what: `memory (${kind.toUpperCase()}) for the other ${count(MANY_FILES - FILES)} files`,
        ours: larger.memory[kind] - memory[kind],
        unit: "MB",
        anchor: null,
        goal: { most: 50, of: "ours" },
      });
    }
  }
  return figures;
}

async function measureTree(files: number, { say }: MeasureOptions) {
  await using home = testHome();
  const tree = home.file("tree");
  say(`making ${count(files)} files`);
  createTree(tree, files);
  home.configure(
    `agents: [{ id: bench, directories: [{ path: "${tree}" }], confirm_above_files: 1000000 }]\n`,
  );
  say("taking them in");
  await learnTree(home);
  // As at every start but the first, which still has to strip the types of the sources.
  await (await startProbedDaemon(home))[Symbol.asyncDispose]();
  await using daemon = await startProbedDaemon(home);
  await daemon.watches(files / FILES_PER_DIRECTORY);
  await wait(CALM_MS);
  say("sweeping");
  const blocks: number[] = [];
  const idleBlocks: number[] = [];
  const times = await takeTurns(ROUNDS, {
    find: () => timeOf(() => find(tree)),
    async sweep() {
      await daemon.longestBlock();
      const run = await daemon.sweep("bench");
      if (run.files.unchanged !== files)
        throw new Error(`Not all were unchanged: ${JSON.stringify(run.files)}`);
      blocks.push(await daemon.longestBlock());
      return durationOf(run);
    },
    async idle() {
      await daemon.longestBlock();
      await wait(500);
      idleBlocks.push(await daemon.longestBlock());
      return 500;
    },
  });
  await wait(CALM_MS);
  const memory = readMemory(daemon.pid);
  const alone = await readMemoryOfChokidar(tree);
  const of = `${count(files)} files`;
  const figures: Figure[] = [
    {
      what: `sweep of ${of}, unchanged`,
      ours: times.sweep,
      unit: "ms",
      anchor: { what: "find -printf", value: times.find },
      goal: { most: 2, of: "ratio" },
    },
    {
      what: `main thread stands still in a sweep of ${of}`,
      ours: median(blocks),
      unit: "ms",
      anchor: { what: "idle", value: median(idleBlocks) },
      goal: { most: 50, of: "ours" },
    },
    ...(["rss", "pss"] as const).map((kind): Figure => ({
      what: `memory (${kind.toUpperCase()}) watching ${of}`,
      ours: memory[kind],
      unit: "MB",
      anchor: { what: "chokidar alone", value: alone[kind] },
      goal: files === FILES ? { most: 200, of: "ours" } : null,
    })),
  ];
  return { figures, memory };
}

async function find(tree: string): Promise<void> {
  const child = spawn("find", [tree, "-printf", "%p %s %T@ %i\n"], { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`find ended with ${code}.`);
}

async function readMemoryOfChokidar(tree: string): Promise<{ rss: number; pss: number }> {
  const child = fork(path.join(import.meta.dirname, "../chokidar-alone.ts"), [tree]);
  try {
    await once(child, "message");
    await wait(CALM_MS);
    return readMemory(child.pid ?? 0);
  } finally {
    child.kill();
  }
}

function count(files: number): string {
  return files.toLocaleString("en");
}
