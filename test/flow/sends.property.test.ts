import fc from "fast-check";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { readDocument } from "../helper/scripted-answers.ts";
import {
  type RecordedRequest,
  reply,
  type ScriptedServer,
  type Step,
  startScriptedServer,
} from "../helper/scripted-server.ts";

/*
 * Every document, title and project name of a directory holds a word of its own. Agents with random models read random
 * directories under random settings, twice, with an edit of the settings in between. Whatever an endpoint gets must be
 * allowed to it, and the ledger must say what it got.
 */

const RUNS = Number(process.env["SENDS_RUNS"] ?? 16);

const DIRECTORIES = ["alpha", "beta", "gamma"] as const;
type Name = (typeof DIRECTORIES)[number];
type Word = "any" | "loopback" | "never" | "local" | "far";
type Endpoint = "local" | "far" | "relay" | "rules";

interface Setting {
  general: Word;
  words: Record<Name, Word | undefined>;
  models: Record<Name, Endpoint>;
  fallback: boolean;
}

const word = fc.constantFrom<Word>("any", "loopback", "never", "local", "far");
const endpoint = fc.constantFrom<Endpoint>("local", "far", "relay", "rules");
const perDirectory = <Of>(of: fc.Arbitrary<Of>): fc.Arbitrary<Record<Name, Of>> =>
  fc.record({ alpha: of, beta: of, gamma: of });
const setting: fc.Arbitrary<Setting> = fc.record({
  general: word,
  words: perDirectory(fc.option(word, { nil: undefined })),
  models: perDirectory(endpoint),
  fallback: fc.boolean(),
});

const canaryOf = (name: Name): string => `canary${name}`;

/** What each document says: its own word everywhere, and a project and a task that all directories have. */
const textOf = (name: Name, version: number): string =>
  `# Plan ${canaryOf(name)} ${version}\n\nProject: Shared\nProject: Project ${canaryOf(name)}\n\n- [ ] Task ${canaryOf(name)} ${version}\n- [ ] Common task\n`;

/**
 * A model that reads all it can. A greedy one also copies what it read into what it writes, under names of its own
 * document.
 */
function answer(request: RecordedRequest, isGreedy: boolean): Step {
  const { text, iteration } = readDocument(request);
  const all = JSON.stringify(request.body.messages);
  const heading = /^# (.+)$/mu.exec(text)?.[1] ?? "";
  const own = /canary[a-z]+/u.exec(heading)?.[0] ?? "";
  const read = isGreedy ? [...new Set(all.match(/canary[a-z]+/gu) ?? [])].join(" ") : own;
  const ids = [...new Set(all.match(/\b(?:task|note|project)_\w+/gu) ?? [])];
  if (request.body["tool_choice"] === "none") return reply({ content: "Done." });
  switch (iteration) {
    case 1:
      return reply({
        calls: [
          { name: "list_projects", arguments: {} },
          { name: "list_tasks", arguments: {} },
          { name: "list_notes", arguments: {} },
          { name: "search", arguments: { text: "canary" } },
          { name: "create_project", arguments: { name: "Shared", quote: "Project: Shared" } },
          ...ids.slice(0, 4).map((id) => ({
            name: `update_${id.split("_")[0]}`,
            arguments: { id, status: "open", quote: "Common task" },
          })),
        ],
      });
    case 2:
      return reply({
        calls: [
          { name: "create_project", arguments: { name: `Project ${read}`, quote: heading } },
          { name: "create_note", arguments: { title: heading, body: read, quote: heading } },
          { name: "create_task", arguments: { title: `Task ${read}`, quote: heading } },
          { name: "create_task", arguments: { title: "Common task", quote: "Common task" } },
        ],
      });
    default:
      return reply({ content: `Recorded ${read}.` });
  }
}

interface World {
  local: ScriptedServer;
  far: ScriptedServer;
  relay: ScriptedServer;
}

const farUrl = ({ far }: World): string => far.url.replace("127.0.0.1", "0.0.0.0");

function writeSends(said: Word): string {
  if (said === "local") return `["127.0.0.1"]`;
  return said === "far" ? `["0.0.0.0"]` : said;
}

function configOf(
  of: Setting,
  world: World,
  path: (name: string) => string,
  version: number,
): string {
  const models: Record<Endpoint, string> = {
    local: `{ provider: openai, base_url: "${world.local.url}", name: scripted, api_key: null }`,
    far: `{ provider: openai, base_url: "${farUrl(world)}", name: scripted, api_key: null }`,
    relay: `{ provider: openai, base_url: "${world.relay.url}", name: scripted, api_key: null }`,
    rules: "{ provider: rules }",
  };
  const agents = DIRECTORIES.map((name) => {
    const said = of.words[name];
    const sends = said === undefined ? "" : `, sends: ${writeSends(said)}`;
    return `  - { id: ${name}, name: Version ${version}, directories: [{ path: "${path(name)}", watch: false${sends} }], model: ${models[of.models[name]]} }`;
  });
  return `sends: ${writeSends(of.general)}\n${of.fallback ? "fallback: rules\n" : ""}agents:\n${agents.join("\n")}\n`;
}

/** Written apart from the code under test, in words of the test alone. */
function mayHave(of: Setting, name: Name, endpoint: Exclude<Endpoint, "rules">): boolean {
  const said = of.words[name] ?? of.general;
  if (said === "any") return true;
  if (said === "loopback" || said === "local") return endpoint === "local";
  return said === "far" && endpoint === "far";
}

interface Seen {
  endpoint: Exclude<Endpoint, "rules">;
  body: RecordedRequest["body"];
  setting: Setting;
}

interface Phase {
  setting: Setting;
  isGreedy: boolean;
}

/** Runs every agent under each of the settings in turn, each time with another version of every document. */
async function live(phases: readonly [Phase, Phase]): Promise<Outcome> {
  const seen: Seen[] = [];
  let [{ setting: now, isGreedy }] = phases;
  const record = (endpoint: Seen["endpoint"]) => (request: RecordedRequest) => {
    seen.push({ endpoint, body: request.body, setting: now });
    return answer(request, isGreedy);
  };
  await using local = await startScriptedServer(record("local"));
  await using far = await startScriptedServer(record("far"));
  const described = {
    model_name: "scripted",
    litellm_params: { model: "openai/x" },
    model_info: {},
  };
  await using relay = await startScriptedServer(record("relay"), {
    pages: { "/model/info": { data: [described] } },
  });
  const world = { local, far, relay };
  using folder = testFolder();
  const versions = phases.entries();
  const write = (version: number): void => {
    for (const name of DIRECTORIES) folder.write(`${name}/plan.md`, textOf(name, version));
  };
  write(0);
  await using daemon = await startTestDaemon(folder, configOf(now, world, folder.file, 0));
  for (const [version, phase] of versions) {
    if (version > 0) {
      ({ setting: now, isGreedy } = phase);
      daemon.configure(configOf(now, world, folder.file, version));
      await waitFor("the settings are in force", async () =>
        (await daemon.client.agents()).every(({ name }) => name === `Version ${version}`),
      );
      write(version);
    }
    for (const name of DIRECTORIES) await daemon.run(name);
  }
  const { items } = await daemon.client.sent({ limit: 500 });
  const hosts = {
    local: new URL(local.url).host,
    far: new URL(farUrl(world)).host,
    relay: new URL(relay.url).host,
  };
  const told = items.map(({ host, path, bytes, model, input_tokens, loopback }) =>
    [host, loopback, path, bytes, model, input_tokens].join(" "),
  );
  const got = seen.map(({ endpoint, body }) => {
    const name = /canary([a-z]+)/u.exec(readDocument({ body } as RecordedRequest).text)?.[1] ?? "";
    const file = folder.file(`${name}/plan.md`);
    const bytes = Buffer.byteLength(JSON.stringify(body));
    return [hosts[endpoint], endpoint !== "far", file, bytes, body.model, USUAL_TOKENS].join(" ");
  });
  return { leaks: seen.flatMap(findLeaks), told: told.toSorted(), got: got.toSorted() };
}

interface Outcome {
  leaks: string[];
  /** The requests by the ledger, and by the endpoints. */
  told: string[];
  got: string[];
}

// What a scripted reply reports.
const USUAL_TOKENS = 100;

function findLeaks({ endpoint, body, setting: of }: Seen): string[] {
  const text = JSON.stringify(body);
  return DIRECTORIES.filter(
    (name) => text.includes(canaryOf(name)) && !mayHave(of, name, endpoint),
  ).map((name) => `${endpoint} got ${name}`);
}

const TIME_MS = 60_000 + RUNS * 15_000;

test(
  "whatever models copy and whichever are asked, no endpoint gets what it may not have",
  { timeout: TIME_MS },
  async () => {
    const next = perDirectory(endpoint);
    await fc.assert(
      fc.asyncProperty(setting, next, async (first, models) => {
        const second = { ...first, models };
        const outcome = await live([
          { setting: first, isGreedy: true },
          { setting: second, isGreedy: true },
        ]);
        expect(outcome.leaks).toEqual([]);
        expect(outcome.told).toEqual(outcome.got);
      }),
      { numRuns: RUNS },
    );
  },
);

test(
  "after any edit of the settings, no endpoint gets what it may not have by then",
  { timeout: TIME_MS },
  async () => {
    await fc.assert(
      fc.asyncProperty(setting, setting, async (first, second) => {
        const outcome = await live([
          { setting: first, isGreedy: false },
          { setting: second, isGreedy: false },
        ]);
        expect(outcome.leaks).toEqual([]);
        expect(outcome.told).toEqual(outcome.got);
      }),
      { numRuns: RUNS },
    );
  },
);
