import { ask, editConfig, excuseAll, pass, pump, quiet, type World } from "./world.ts";

/** Something that happens; gives what is said of it in a report. */
type Act = (world: World) => Promise<string | undefined>;

const HOUR_MS = 3_600_000;

/** What may happen, and how often. */
const ACTS: readonly (readonly [weight: number, Act])[] = [
  [12, changeFiles],
  [10, work],
  [5, answerRequests],
  [4, passes("a minute", () => 61_000)],
  [2, passes("some hours", ({ random }) => HOUR_MS * (1 + random.int(5)))],
  [1, setClock],
  [5, (world) => asks(world, (client) => world.user.edit(world, client))],
  [1, undo],
  [3, killAtWork],
  [2, killInCommit],
  [1, kill],
  [1, restart],
  [2, fillDisk],
  [1, force],
  [1, cancel],
  [1, instruct],
  [1, pauseOrResume],
];

/** One thing happens. */
export async function happen(world: World): Promise<void> {
  const act = world.random.weighted(ACTS);
  const said = await act(world);
  if (said !== undefined) world.trace.push(said);
}

async function changeFiles(world: World): Promise<string> {
  const { random, files } = world;
  const count = 1 + random.int(3);
  const said = Array.from({ length: count }, () => files.change()).join("; ");
  // Stats of a file prove nothing until it is some seconds old.
  if (random.chance(0.5)) await pass(world, 5_000);
  return said;
}

/** Agents run, and their requests are answered. */
async function work(world: World): Promise<string> {
  const { random, endpoint } = world;
  const agents = random.pick([["mind"], ["rule"], ["mind", "rule"]]);
  for (const agent of agents) await ask(world, (client) => client.trigger(agent));
  await pass(world, 5_000);
  await aimAtOthers(world);
  let answered = 0;
  for (; endpoint.waiting > 0 && answered < 20; answered += 1) {
    endpoint.answer(random.chance(0.95) ? "reply" : "silent");
    await quiet(world);
  }
  return `${agents.join(" and ")} run, ${answered} requests are answered`;
}

async function answerRequests(world: World): Promise<string> {
  const { random, endpoint } = world;
  await aimAtOthers(world);
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

/** Tells the model of the one agent what the other one made. */
async function aimAtOthers(world: World): Promise<void> {
  await ask(world, async (client) => {
    const { items } = await client.entities("task", { limit: 20 });
    world.endpoint.aim(items.filter(({ created_by }) => created_by === "rule"));
  });
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

async function undo(world: World): Promise<string | undefined> {
  excuseAll(world);
  return asks(world, (client) => world.user.undo(world, client));
}

async function killAtWork(world: World): Promise<string> {
  const writes = 1 + world.random.int(world.random.pick([12, 60]));
  const said = await changeFiles(world);
  world.life.killAfter(writes);
  await work(world);
  return `${said}; a kill after ${writes} writes of work`;
}

async function killInCommit(world: World): Promise<string> {
  const writes = 1 + world.random.int(12);
  const said = await changeFiles(world);
  world.life.killInCommit(writes);
  await work(world);
  return `${said}; a kill ${writes} writes into a commit`;
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

async function cancel(world: World): Promise<string | undefined> {
  excuseAll(world);
  return asks(world, async (client) => {
    const { items } = await client.runs({ status: "running" });
    const [run] = items;
    if (run === undefined) return undefined;
    await client.cancelRun(run.run_id);
    return `the run of ${run.agent_id} is cancelled`;
  });
}

async function instruct(world: World): Promise<string> {
  const { random, requestsPerDay } = world;
  await editConfig(world, {
    instructions: `As written, ${random.int(3)}.`,
    enabled: random.chance(0.8),
    requestsPerDay,
  });
  // What failed under the instructions before is tried again.
  excuseAll(world);
  world.isInstructed = true;
  return "other instructions";
}

async function pauseOrResume(world: World): Promise<string> {
  const minutes = world.random.int(100);
  if (minutes < 50) await ask(world, (client) => client.pause({ minutes: minutes + 1 }));
  else await ask(world, (client) => client.resume());
  return minutes < 50 ? "a pause" : "a resume";
}
