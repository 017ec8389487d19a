import { mkdirSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Client } from "../../../daemon/client/client.ts";
import type { TestFolder } from "../folder.ts";
import { waitFor } from "../program.ts";
import { answerDocument, readDocument } from "../scripted-answers.ts";
import { startScriptedServer } from "../scripted-server.ts";
import { type Files, readTree } from "./disk.ts";
import { openDrive } from "./drive.ts";
import type { History, Operation } from "./history.ts";
import { perform, type Workbench } from "./operation.ts";
import { createOracle } from "./oracle.ts";
import type { Told } from "./sight.ts";
import { createTexts, hashOf } from "./text.ts";
import { readTold } from "./told.ts";
import { createUserCalls } from "./user-calls.ts";

/** The daemon on the folder's `home`, as it is started and ended. */
export interface Host {
  readonly folder: Pick<TestFolder, "path" | "file" | "write">;
  start(): Promise<Client>;
  /** As a person stops it. */
  stop(): Promise<void>;
  /** As a power cut ends it. */
  kill(): Promise<void>;
  /** What it printed since it was started. */
  output(): string;
}

const AGENTS = [
  { id: "one", roots: ["in", "drive"], asks_again: false, retires: false },
  { id: "two", roots: ["in"], asks_again: true, retires: true },
] as const;
const AGENT_IDS = AGENTS.map(({ id }) => id);

/** What was gone through so far. */
export interface Totals {
  histories: number;
  /** Operations that could be done. */
  steps: number;
  /** How often all was as it must be. */
  checks: number;
  starts: number;
  kills: number;
  requests: number;
  /** Requests that were repeated after a kill. */
  repeated: number;
}

export interface PlayOptions {
  host: Host;
  /** How long an answer of the model takes. */
  latencyMs: number;
  /** How long what is true may take to be known. */
  patienceMs: number;
  totals: Totals;
}

/**
 * Lives through a history with a real daemon, and compares what it knows and asks with what it must, at
 * each check and at the end.
 *
 * @throws where something differs, with all that was done until then
 */
export async function play(history: History, options: PlayOptions): Promise<void> {
  const { host, totals } = options;
  const { folder } = host;
  const done: string[] = [
    `a drive by ${history.drive}, settle_seconds ${history.settle_seconds}, concurrency ${history.concurrency}`,
  ];
  const texts = createTexts();
  const past = new Map<string, string[]>();
  const asked = { one: new Map<string, number>(), two: new Map<string, number>() };
  const recipes = { one: "1", two: "1" };
  const paused = new Set<string>();
  for (const name of ["in", "out"]) mkdirSync(folder.file(name));
  using drive = openDrive(folder, history.drive);
  const oracles = AGENTS.map((agent) => createOracle(agent, asked[agent.id]));
  let client: Client | undefined;
  const user = createUserCalls();
  let kills = 0;
  let changedAt = Date.now();
  // What the drive held when it was seen last, and whether that was agreed on.
  let driveFiles: Files = new Map();
  let isDriveAgreed = true;

  await using server = await startScriptedServer(
    (request) => {
      const { text, iteration } = readDocument(request);
      const system = request.body.messages[0]?.content ?? "";
      const [, agent, recipe] = /Agent (\w+), recipe (\d)/.exec(system) ?? [];
      const counts = asked[agent as "one" | "two"];
      const key = `${hashOf(text)} ${recipe} ${iteration}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      totals.requests += 1;
      return answerDocument(request);
    },
    { latencyMs: options.latencyMs },
  );

  const at = (file: string): string =>
    file === "drive" || file.startsWith(`drive${path.sep}`)
      ? path.join(drive.path, file.slice("drive".length))
      : folder.file(file);

  const readFiles = (): Map<string, string> =>
    new Map(["in", "drive", "out"].flatMap((name) => [...readTree(at(name), name)]));

  const isUnder = (roots: readonly string[], file: string): boolean =>
    roots.some((root) => file.startsWith(root + path.sep));

  /** Tells the oracles what there is to be seen. */
  function look(): void {
    const files = readFiles();
    for (const [file, text] of files) {
      const before = past.get(file) ?? [];
      if (before.at(-1) !== text) past.set(file, [...before, text]);
    }
    const isOnline = drive.isOnline;
    if (client !== undefined && isOnline) {
      const now = new Map([...files].filter(([file]) => isUnder(["drive"], file)));
      isDriveAgreed &&= isDeepStrictEqual(now, driveFiles);
      driveFiles = now;
    }
    for (const [index, { id, roots }] of AGENTS.entries()) {
      const oracle = oracles[index];
      const there = new Map(
        [...files].filter(
          ([file]) => isUnder(roots, file) && (isOnline || !isUnder(["drive"], file)),
        ),
      );
      const is_paused = paused.has("all") || paused.has(id);
      if (client === undefined) continue;
      const away = isOnline ? [] : [...driveFiles].filter(([file]) => isUnder(roots, file));
      oracle?.see({
        files: new Map([...there, ...away]),
        away: new Set(away.map(([file]) => file)),
        is_paused,
        recipe: recipes[id],
      });
    }
  }

  function configure(): void {
    const settle = `settle_seconds: ${history.settle_seconds}, resettle_seconds: ${history.settle_seconds}`;
    const agents = AGENTS.map(({ id, roots, asks_again, retires }) => {
      const directories = roots.map((root) => `{ path: "${folder.file(root)}" }`).join(", ");
      const changes = `on_recipe_change: ${asks_again ? "all" : "new_only"}, on_delete: ${retires ? "retire" : "keep"}`;
      return `  - { id: ${id}, instructions: "Agent ${id}, recipe ${recipes[id]}.", directories: [${directories}], ${settle}, ${changes} }`;
    });
    folder.write(
      "home/config.yaml",
      `version: 1
server: { port: 0 }
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null, concurrency: ${history.concurrency} }
agents:
${agents.join("\n")}
`,
    );
  }

  function bench(files: Files): Workbench {
    const isDone = (file: string): boolean =>
      AGENTS.every(
        ({ roots }, index) =>
          !isUnder(roots, file) || oracles[index]?.isDone(file, files.get(file) ?? "") === true,
      );
    return {
      texts,
      files,
      past: (file) => past.get(file) ?? [],
      isKnown: isDone,
      at,
      look,
      repeat(file) {
        for (const oracle of oracles) oracle.repeat(file);
      },
    };
  }

  async function start(): Promise<void> {
    if (client !== undefined) return;
    client = await host.start();
    totals.starts += 1;
    look();
  }

  function compare(told: readonly Told[], problems: readonly string[]): string[] {
    const faults = oracles.flatMap((oracle, index) =>
      oracle
        .compare(told[index] ?? { files: new Map(), entities: [] })
        .map((fault) => `${AGENTS[index]?.id}: ${fault}`),
    );
    const repeated = oracles.reduce((sum, oracle) => sum + oracle.countRepeated(), 0);
    // Each file that was being read may repeat its request.
    if (repeated > kills * history.concurrency)
      faults.push(`${repeated} requests were repeated, after ${kills} kills`);
    const isMissed =
      !drive.isOnline &&
      [...(told[0]?.files ?? [])].some(
        ([file, row]) => isUnder(["drive"], file) && row.state !== "gone",
      );
    const isSaid = problems.includes("directory_missing");
    if (isMissed !== isSaid && paused.size === 0) {
      faults.push(
        isSaid ? "a directory is said to be missing" : "the drive is not said to be missing",
      );
    }
    return faults;
  }

  function fail(faults: readonly string[], cause?: unknown): Error {
    return new Error([...done, "", ...faults, host.output()].join("\n"), { cause });
  }

  async function check(): Promise<void> {
    if (client === undefined) return;
    const daemon = client;
    let faults: string[] = ["nothing was told"];
    const told = await waitFor(
      "agreement",
      async () => {
        const { problems } = await daemon.status();
        const facts = await readTold(daemon, AGENT_IDS, folder.path);
        faults = [
          ...compare(
            facts,
            problems.map(({ code }) => code),
          ),
          ...(await user.compare(daemon)),
        ];
        return faults.length === 0 && facts;
      },
      options.patienceMs,
    ).catch((error: unknown) => {
      throw fail(faults, error);
    });
    for (const [index, oracle] of oracles.entries()) {
      const ofAgent = told[index];
      if (ofAgent !== undefined) oracle.agree(ofAgent);
    }
    totals.checks += 1;
    isDriveAgreed = true;
  }

  /** Asks for runs of all agents at once; gives those that were started. */
  async function trigger(times: number): Promise<string[]> {
    const daemon = client;
    if (daemon === undefined) return [];
    const all = Array.from({ length: times }, () => AGENTS).flat();
    const answers = await Promise.allSettled(all.map(({ id }) => daemon.trigger(id)));
    return answers.flatMap((answer) => {
      if (answer.status === "fulfilled") return answer.value.run_id;
      const { code } = answer.reason as { code?: string };
      if (code !== "run_in_progress" && code !== "paused") throw fail([String(answer.reason)]);
      return [];
    });
  }

  /** Runs all agents to the end by hand. */
  async function runAll(): Promise<void> {
    const daemon = client;
    if (daemon === undefined || paused.size > 0) return;
    await waitFor("a run of each", async () => (await trigger(1)).length > 0);
    await waitFor("the end of all runs", async () => {
      const { items } = await daemon.runs({ status: "running" });
      return items.length === 0;
    });
  }

  async function resume(): Promise<void> {
    if (client === undefined) return;
    for (const id of paused) await client.resume(id === "all" ? {} : { agent_id: id });
    paused.clear();
    look();
  }

  async function interrupt(how: "stop" | "kill"): Promise<void> {
    await host[how]();
    client = undefined;
    if (how === "stop") return;
    kills += 1;
    totals.kills += 1;
  }

  /** Does it where it can be done; says what was done. */
  async function act(op: Operation): Promise<string | undefined> {
    switch (op.do) {
      case "check":
        await check();
        return "check";
      case "start":
        if (client !== undefined) return undefined;
        await start();
        return "start";
      case "stop":
      case "kill": {
        if (client === undefined) return undefined;
        const before = server.requests.length;
        if (op.waits) {
          await waitFor("work", () => server.requests.length > before, 1_000).catch(
            () => undefined,
          );
        }
        const until = Date.now() + op.ms;
        await waitFor("the moment", () => Date.now() >= until);
        await interrupt(op.do);
        return op.do;
      }
      case "toggle":
        // Nobody can tell whether what was changed there a moment ago was seen.
        if (drive.isOnline && !isDriveAgreed) return undefined;
        drive.toggle();
        look();
        return drive.isOnline ? "bring the drive" : "take the drive away";
      case "run":
        if (client === undefined) return undefined;
        await trigger(op.times);
        return `run ${op.times} times at once`;
      case "pause":
        if (client === undefined) return undefined;
        await client.pause(op.agent === "all" ? {} : { agent_id: op.agent });
        paused.add(op.agent);
        look();
        return `pause ${op.agent}`;
      case "resume":
        if (client === undefined || paused.size === 0) return undefined;
        await resume();
        return "resume";
      case "instruct": {
        const { agent, recipe } = op;
        recipes[agent] = recipe;
        configure();
        const daemon = client;
        if (daemon !== undefined) {
          await waitFor("the recipe", async () =>
            (await daemon.agent(agent)).instructions.includes(`recipe ${recipe}`),
          );
        }
        look();
        return `instruct ${agent} by recipe ${recipe}`;
      }
      case "edit a task":
        return client && user.edit(client, op.of);
      case "add a task":
        return client && user.add(client);
      case "age":
        // Stats of a file prove nothing until it is so old when it is read.
        await waitFor("age", () => Date.now() - changedAt > 3_100);
        await check();
        await runAll();
        await check();
        return "let time pass";
      default: {
        const said = perform(op, bench(readFiles()));
        if (said !== undefined) changedAt = Date.now();
        look();
        return said;
      }
    }
  }

  for (const file of ["in/x.md", "in/a/y.md", "drive/x.md"]) {
    perform({ do: "write", to: file }, bench(readFiles()));
  }
  configure();
  await start();
  for (const op of history.operations) {
    const said = await act(op).catch((error: unknown) => {
      throw error instanceof Error && error.message.startsWith(done[0] ?? "")
        ? error
        : fail([String(error)], error);
    });
    if (said === undefined) continue;
    done.push(said);
    totals.steps += 1;
  }
  if (!drive.isOnline) await act({ do: "toggle" });
  await start();
  await resume();
  done.push("end: the drive is there, the daemon runs");
  await check();
  await runAll();
  done.push("run to the end");
  await check();
  const { complete, directories } = (await client?.verify()) ?? {};
  if (complete !== true) throw fail(["verify is not complete", JSON.stringify(directories)]);
  await host.stop();
  totals.histories += 1;
  totals.repeated += oracles.reduce((sum, oracle) => sum + oracle.countRepeated(), 0);
}
