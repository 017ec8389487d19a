import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Client } from "../../daemon/client/client.ts";
import { isRecord } from "../../daemon/core/record.ts";
import type { Endpoint } from "./endpoint.ts";
import type { UserFiles } from "./files.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { User } from "./user.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What a simulation is made of; `life` is the daemon that runs now. */
export interface World {
  random: Random;
  clock: VirtualClock;
  endpoint: Endpoint;
  files: UserFiles;
  user: User;
  life: Life;
  /** How many lives there were. */
  lives: number;
  /** Texts that may be sent once more, and how often: somebody asked, or they had left before they were done. */
  excuses: Map<string, number>;
  trace: string[];
  root: string;
  /** Whether the instructions were changed: at the end they are as at first again. */
  isInstructed: boolean;
  /** What the budget allows until all faults end. */
  requestsPerDay: number;
  /** When all faults ended, in milliseconds since 1970 by the right clock; Infinity: not yet. */
  healedAt: number;
}

export function writeConfig(
  home: string,
  root: string,
  {
    instructions,
    enabled = true,
    requestsPerDay,
  }: { instructions: string; enabled?: boolean; requestsPerDay?: number },
): void {
  const watched = (name: string): string =>
    `directories: [{ path: ${path.join(root, name)}, watch: false }], settle_seconds: 0, resettle_seconds: 0`;
  writeFileSync(
    path.join(home, "config.yaml"),
    `version: 1
server: { port: 0 }
model: { provider: openai, base_url: "http://127.0.0.1:9/v1", name: sim, price: { input_usd_per_million: 1, output_usd_per_million: 1 } }
budget: ${JSON.stringify({ requests_per_day: requestsPerDay })}
agents:
  - { id: mind, enabled: ${enabled}, instructions: ${JSON.stringify(instructions)}, ${watched("in")} }
  - { id: rule, model: { provider: rules }, ${watched("notes")} }
`,
  );
}

/** Edits the config, and waits until the daemon goes by it: a busy machine tells it late. */
export async function editConfig(
  world: World,
  settings: { instructions: string; enabled?: boolean; requestsPerDay?: number },
): Promise<void> {
  writeConfig(path.dirname(world.life.paths.config), world.root, settings);
  for (let tries = 0; tries < 20; tries += 1) {
    await pass(world, 3_000);
    let now: unknown;
    await ask(world, async (client) => {
      now = (await client.ask("GET", "/api/agents/mind")).value;
    });
    if (isRecord(now) && now["instructions"] === settings.instructions) return;
  }
}

/** Every text may be sent once more: somebody asked for it. */
export function excuseAll(
  { excuses, endpoint }: Pick<World, "excuses" | "endpoint">,
  which: (text: string) => boolean = () => true,
): void {
  for (const text of new Set(endpoint.sent.map((one) => one.text).filter(which))) {
    excuses.set(text, (excuses.get(text) ?? 0) + 1);
  }
}

/** Asks the daemon; what it refuses is no fault of its own here. */
export async function ask(world: World, what: (client: Client) => Promise<unknown>): Promise<void> {
  await pump(
    world,
    what(world.life.client).catch(() => undefined),
  );
  await quiet(world);
}

// A busy machine wakes late; and a minute has 180 waits.
const STRIDE_MS = 12_000;

export async function pass(world: World, ms: number): Promise<void> {
  const { clock } = world;
  const end = clock.elapsed() + ms;
  const stride = Math.max(STRIDE_MS, ms / 20);
  await quiet(world);
  while (clock.elapsed() < end) {
    const next = Math.max(0, clock.untilNext());
    clock.advance(Math.min(end - clock.elapsed(), Math.max(next, stride)));
    await quiet(world);
  }
}

/** Waits until nothing goes on but waits for the clock and the endpoint. */
export async function quiet({ clock, endpoint, life }: World): Promise<void> {
  const activity = (): string => `${clock.activity} ${endpoint.sent.length} ${life.reached}`;
  let before = activity();
  for (let still = 0; still < 4; still += 1) {
    await new Promise(setImmediate);
    const now = activity();
    const isReading = process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
    if (now !== before || isReading) still = -1;
    before = now;
  }
}

/** Lets time pass until a promise is settled. */
export async function pump<T>(world: World, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = promise.finally(() => (isOver = true));
  over.catch(() => {});
  while (!isOver) {
    await quiet(world);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (!isOver) world.clock.advance(Math.min(1_000, Math.max(0, world.clock.untilNext())));
  }
  return over;
}
