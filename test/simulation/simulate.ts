import { mkdirSync } from "node:fs";
import path from "node:path";
import { happen } from "./acts.ts";
import { testFolder } from "../helper/folder.ts";
import { layJournal } from "../helper/test-journal.ts";
import { createEndpoint } from "./endpoint.ts";
import { createUserFiles } from "./files.ts";
import { beginLife, type Life, pathsOf } from "./life.ts";
import { checkAll, findViolations, isHard } from "./oracle.ts";
import { seeded } from "./random.ts";
import { createUser } from "./user.ts";
import { createVirtualClock } from "./virtual-clock.ts";
import { ask, excuseAll, pass, pump, quiet, type World, writeConfig, editConfig } from "./world.ts";

/*
 * One seed drives everything that happens to a daemon: files, clock, endpoint, disk, kills, and what its user does.
 * Everything of the daemon is real but for the edges of `life.ts`. At the end all faults are over, and `oracle.ts`
 * compares what the daemon says with the promises.
 */

/** What one seed led to. */
export interface Outcome {
  seed: number;
  /** What happened, in order. */
  trace: readonly string[];
  /** Empty: every promise was kept. */
  violations: readonly string[];
  lives: number;
  requests: number;
}

const START = Date.parse("2031-03-03T07:00:00.000Z");
const STEPS = 40;

/** @param steps how many things happen */
export async function simulate(seed: number, steps = STEPS): Promise<Outcome> {
  const random = seeded(seed);
  using folder = testFolder();
  const clock = createVirtualClock(START);

  const endpoint = createEndpoint(() => START + clock.elapsed());
  const excuses = new Map<string, number>();
  const trace: string[] = [];
  const root = folder.path;
  const files = createUserFiles(root, {
    random,
    now: () => START + clock.elapsed(),
    onLeft: (text) => void excuses.set(text, (excuses.get(text) ?? 0) + 1),
  });
  const home = path.join(root, "home-0");
  mkdirSync(home, { mode: 0o700 });
  const requestsPerDay = random.pick([5, 15, 1_000]);
  writeConfig(home, root, { instructions: "As written.", requestsPerDay });
  await layJournal(pathsOf(home, root).database);
  const world: World = {
    random,
    clock,
    endpoint,
    files,
    user: createUser(),
    life: await begin({ number: 0, home, root, clock, endpoint }),
    lives: 1,
    excuses,
    trace,
    root,
    requestsPerDay,
    isInstructed: false,
    healedAt: Infinity,
  };

  const violations: string[] = [];
  try {
    for (let step = 0; step < steps; step += 1) {
      await happen(world);
      await bury(world);
    }
    await heal(world);
    violations.push(...(await findViolations(world)));
  } finally {
    await pump(world, world.life.daemon.stop());
  }
  violations.push(...checkAll(world));
  return { seed, trace, violations, lives: world.lives, requests: endpoint.sent.length };
}

function begin(of: {
  number: number;
  home: string;
  root: string;
  clock: World["clock"];
  endpoint: World["endpoint"];
}): Promise<Life> {
  const nextHome = path.join(of.root, `home-${of.number + 1}`);
  return beginLife({ ...of, nextHome, userHome: of.root });
}

/** Begins the next life where the last one ended. */
async function bury(world: World): Promise<void> {
  while (world.life.remains !== undefined) {
    const { remains } = world.life;
    await pump(
      world,
      world.life.daemon.stop().catch(() => undefined),
    );
    const number = world.lives;
    world.lives += 1;
    world.trace.push(`life ${number} begins`);
    world.life = await pump(world, begin({ ...world, number, home: remains }));
    await quiet(world);
  }
}

/** Ends every fault, and lets the daemon come to rest. */
async function heal(world: World): Promise<void> {
  const { clock, endpoint, trace } = world;
  trace.push("all faults end");
  world.healedAt = START + clock.elapsed();
  clock.correct();
  world.life.failWrites(0);
  world.life.killAfter(Infinity);
  await editConfig(world, { instructions: "As written." });
  // What failed may be tried again.
  excuseAll(world, (text) => world.isInstructed || isHard(text, world));
  await ask(world, (client) => client.resume());
  let looks = 0;
  for (let round = 0; round < 60; round += 1) {
    await pass(world, 61_000);
    // While an agent has a run, it begins no other.
    let begun = 0;
    for (const agent of ["mind", "rule"]) {
      await ask(world, async (client) => {
        await client.trigger(agent);
        begun += 1;
      });
    }
    if (begun === 2) looks += 1;
    while (endpoint.waiting > 0) {
      endpoint.answer("reply");
      await quiet(world);
    }
    const { queue } = await world.life.client.status();
    const { items } = await world.life.client.runs({ status: "running" });
    if (looks > 1 && queue.pending + queue.working === 0 && items.length === 0) return;
  }
}
