import path from "node:path";
import { ask, excuseAll, pass, pump, quiet, type World, writeConfig } from "./world.ts";

/** Something that happens; gives what is said of it in a report. */
type Act = (world: World) => Promise<string | undefined>;

const HOUR_MS = 3_600_000;

/** What may happen, and how often. */
const ACTS: readonly (readonly [weight: number, Act])[] = [
  [14, changeFiles],
  [12, answerRequests],
  [8, passes("a minute", () => 61_000)],
  [3, passes("some hours", ({ random }) => HOUR_MS * (1 + random.int(5)))],
  [2, setClock],
  [4, run],
  [4, (world) => asks(world, (client) => world.user.edit(world, client))],
  [2, undo],
  [4, killSoon],
  [2, kill],
  [2, restart],
  [2, fillDisk],
  [1, force],
  [1, editConfig],
  [1, pauseOrResume],
];

/** One thing happens. */
export async function happen(world: World): Promise<void> {
  const act = world.random.weighted(ACTS);
  const said = await act(world);
  if (said !== undefined) world.trace.push(said);
}

async function changeFiles({ random, files }: World): Promise<string> {
  const count = 1 + random.int(3);
  return Array.from({ length: count }, () => files.change()).join("; ");
}

async function answerRequests(world: World): Promise<string> {
  const { random, endpoint } = world;
  const said: string[] = [];
  for (let count = 1 + random.int(4); count > 0; count -= 1) {
    const as = random.weighted([
      [14, "reply"],
      [1, "cut"],
      [1, "busy"],
      [1, "silent"],
      [1, "garbage"],
    ] as const);
    const retryAfterMs = random.chance(0.3) ? random.int(HOUR_MS) : undefined;
    if (endpoint.waiting > 0) said.push(as);
    endpoint.answer(as, retryAfterMs);
    await quiet(world);
  }
  return `the endpoint answers: ${said.join(", ") || "nothing to answer"}`;
}

function passes(said: string, msOf: (world: World) => number): Act {
  return async (world) => {
    await pass(world, msOf(world));
    return said;
  };
}

async function setClock(world: World): Promise<string> {
  const { random, clock } = world;
  const hours = random.pick([-4, 1, 5 * 365 * 24, -400 * 24]);
  clock.jump(hours * HOUR_MS);
  await pass(world, 5_000);
  return `the clock is set by ${hours} h`;
}

/** Asks the daemon for something, and gives what the answer says of it. */
async function asks(
  world: World,
  what: (client: World["life"]["client"]) => Promise<string | undefined>,
): Promise<string | undefined> {
  let said: string | undefined;
  await ask(world, async (client) => {
    said = await what(client);
  });
  return said;
}

async function run(world: World): Promise<string> {
  const agent = world.random.pick(["mind", "rule"]);
  await ask(world, (client) => client.trigger(agent));
  return `run ${agent}`;
}

async function undo(world: World): Promise<string | undefined> {
  excuseAll(world);
  return asks(world, (client) => world.user.undo(world, client));
}

async function killSoon(world: World): Promise<string> {
  const writes = 1 + world.random.int(12);
  world.life.killAfter(writes);
  await pass(world, 2_000);
  return `a kill after ${writes} writes`;
}

async function kill({ life }: World): Promise<string> {
  life.killAfter(0);
  return "a kill";
}

async function restart(world: World): Promise<string> {
  await pump(world, world.life.daemon.stop());
  // What was stopped is started on a copy of its home.
  world.life.killAfter(0);
  return "a restart";
}

async function fillDisk(world: World): Promise<string> {
  const writes = 1 + world.random.int(20);
  world.life.failWrites(writes);
  await pass(world, 3_000);
  return `the disk refuses ${writes} writes`;
}

async function force(world: World): Promise<string> {
  excuseAll(world);
  await ask(world, (client) => client.trigger("mind", { force: true }));
  return "run mind --force";
}

async function editConfig(world: World): Promise<string> {
  const { random, life, root } = world;
  writeConfig(path.dirname(life.paths.config), root, {
    instructions: `As written, ${random.int(3)}.`,
    enabled: random.chance(0.8),
  });
  await pass(world, 3_000);
  // What failed under the instructions before is tried again.
  excuseAll(world);
  return "other instructions";
}

async function pauseOrResume(world: World): Promise<string> {
  const minutes = world.random.int(100);
  if (minutes < 50) await ask(world, (client) => client.pause({ minutes: minutes + 1 }));
  else await ask(world, (client) => client.resume());
  return minutes < 50 ? "a pause" : "a resume";
}
