import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { PassThrough } from "node:stream";
import { beforeEach, expect, test } from "vitest";
import { createDialog, type Dialog } from "../../daemon/cli/dialog.ts";
import { runProgram } from "../../daemon/cli/program.ts";
import { initializedSchema } from "../../daemon/protocol/initialized.ts";
import { parse } from "../helper/config.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { openDoor } from "../helper/open-door.ts";
import { startOllama } from "../helper/ollama.ts";
import { captureOutput } from "./captured-output.ts";
import { daemonFile, type Ended, runInProcess, testContext } from "./run-in-process.ts";

let home: TestFolder;

beforeEach(() => {
  home = testFolder();
  mkdirSync(home.file("Notes"));
  return () => home[Symbol.dispose]();
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, ["init", ...args]);
const config = (): string => readFileSync(home.file("config.yaml"), "utf8");

/** A person who types these lines, one to each question; null ends the input. */
function person(answers: readonly (string | null)[], interrupt = new AbortController()) {
  const [input, output] = [new PassThrough(), new PassThrough({ encoding: "utf8" })];
  const left = [...answers];
  let shown = "";
  output.on("data", (text: string) => {
    shown += text;
    if (!text.endsWith(": ")) return;
    const answer = left.shift();
    if (typeof answer === "string") input.write(`${answer}\n`);
    else input.end();
  });
  const dialog: Dialog = createDialog({ input, output, terminal: false, interrupt });
  return { dialog, interrupt, shown: () => shown, left };
}

async function runAsked(answers: readonly (string | null)[], args: readonly string[] = []) {
  const { dialog, interrupt, shown, left } = person(answers);
  const { output, stdout, stderr } = captureOutput();
  const context = testContext(home, output, { signal: interrupt.signal });
  const code = await runProgram(["init", ...args], { ...context, dialog });
  return { code, stdout: stdout(), stderr: stderr(), shown: shown(), left };
}

/** A model server on this machine that the daemon of this home knows. */
async function withModels() {
  const opened = new AsyncDisposableStack();
  const ollama = opened.use(await startOllama());
  const door = opened.use(await openDoor({ agents: { mail: `model: ${ollama.cloud}` } }));
  home.write("daemon.json", daemonFile(door));
  return { base_url: ollama.base_url, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test("an inbox that cannot be made is an error with a hint, and nothing is written", async () => {
  home.write("inbox", "a file is in its place");
  const { code, stderr } = await run("--yes");
  expect(code).toBe(2);
  expect(stderr).toContain(`The directory ${home.file("inbox")} cannot be created (EEXIST).`);
  expect(existsSync(home.file("config.yaml"))).toBe(false);
});

test("with flags a commented config is written, for this user alone, and the next command is said", async () => {
  const { code, stdout } = await run("--directory", home.file("Notes"), "--name", "My notes");
  expect(code).toBe(0);
  expect(parse(config()).agents).toMatchObject([
    { id: "my-notes", name: "My notes", directories: [{ path: home.file("Notes") }] },
  ]);
  expect(parse(config()).model.provider).toBe("rules");
  expect(config().match(/^ *#/gmu)?.length).toBeGreaterThan(20);
  expect(statSync(home.file("config.yaml")).mode & 0o777).toBe(0o600);
  expect(stdout).toContain("npx --no agent-runner start\n");
});

test("with --yes and nothing else it is the inbox and the built-in rules", async () => {
  const { stdout } = await run("--yes", "--json");
  const written = JSON.parse(stdout);
  expect(initializedSchema.parse(written)).toEqual(written);
  expect(written).toMatchObject({
    created: true,
    agent: { id: "inbox", directories: [home.file("inbox")] },
    model: { provider: "rules" },
    is_remote: false,
    daemon_running: false,
  });
  expect(existsSync(home.file("inbox"))).toBe(true);
});

test("several directories stand in the config, each once", async () => {
  mkdirSync(home.file("Mail"));
  await run("--directory", home.file("Notes"), home.file("Mail"), "--yes");
  expect(parse(config()).agents[0]?.directories.map(({ path }) => path)).toEqual([
    home.file("Notes"),
    home.file("Mail"),
  ]);
});

test.skipIf(process.getuid?.() === 0)("a directory that may not be read is refused", async () => {
  chmodSync(home.file("Notes"), 0o000);
  const { code, stderr } = await run("--directory", home.file("Notes"), "--yes");
  chmodSync(home.file("Notes"), 0o700);
  expect(code).toBe(2);
  expect(stderr).toContain(`${home.file("Notes")} cannot be read (EACCES)`);
  expect(existsSync(home.file("config.yaml"))).toBe(false);
});

test("without flags and without a terminal nothing is written", async () => {
  expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining("--directory") });
  expect(existsSync(home.file("config.yaml"))).toBe(false);
});

test.each([
  [["--directory", "/no/such"], "There is no directory /no/such"],
  [
    ["--yes", "--model", "m", "--at", "llm.example/v1"],
    'Expected an address that begins with http:// or https://, got "llm.example/v1".',
  ],
  [
    ["--yes", "--model", "m", "--at", "https://llm.example/v1", "--key", "sk-123"],
    "name of a variable",
  ],
])("%j is refused, and nothing is written", async (args, reason) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(reason);
  expect(existsSync(home.file("config.yaml"))).toBe(false);
});

test("a config that is there is not written over: an agent is added to it, or it is kept beside the new one", async () => {
  const text = "# Mine.\nversion: 1\nagents: [] # soon\n";
  home.write("config.yaml", text);
  expect(await run("--yes")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("or write a new one with --replace"),
  });
  expect(config()).toBe(text);

  expect((await run("--directory", home.file("Notes"), "--yes")).stdout).toContain(
    "Added an agent",
  );
  expect(config()).toContain("# Mine.");
  expect(parse(config()).agents.map(({ id }) => id)).toEqual(["notes"]);
  expect((await run("--directory", home.file("Notes"), "--yes")).stderr).toContain(
    `The agent notes reads ${home.file("Notes")} too, so what both find there is recorded twice.`,
  );
  expect(parse(config()).agents.map(({ id }) => id)).toEqual(["notes", "notes-2"]);

  const added = config();
  const { replaced } = JSON.parse((await run("--replace", "--yes", "--json")).stdout);
  expect(replaced).toBe(home.file("config.yaml.1"));
  expect(readFileSync(replaced, "utf8")).toBe(added);
  expect(parse(config()).agents.map(({ id }) => id)).toEqual(["inbox"]);
});

test("a config that is not valid is left as it is", async () => {
  home.write("config.yaml", "agnts: []\n");
  expect(await run("--directory", home.file("Notes"))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("config check` shows which line is wrong"),
  });
  expect(config()).toBe("agnts: []\n");
});

test("a model is taken by its name, and one that is not there is answered with those that are", async () => {
  await using models = await withModels();
  expect(await run("--yes", "--model", "qwen")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Choose one of: qwen3.5:4b, big:cloud."),
  });
  await run("--yes", "--model", "qwen3.5:4b");
  expect(parse(config()).model).toMatchObject({
    provider: "openai",
    base_url: models.base_url,
    name: "qwen3.5:4b",
    api_key: null,
  });
});

test("a remote model that was named is told to be one, and its key stays a variable", async () => {
  const at = ["--model", "gpt-4.1", "--at", "https://api.openai.com/v1", "--key", "OPENAI_API_KEY"];
  const { stdout } = await run("--yes", ...at);
  expect(stdout).toContain("to another machine");
  expect(config()).toContain("api_key: ${OPENAI_API_KEY}");
  expect(parse(config(), { OPENAI_API_KEY: "k" }).model.api_key).toBe("k");
});

test("on a terminal it asks, shows where each model runs and what it costs, and takes Enter for the rules", async () => {
  await using _models = await withModels();
  const { code, stderr, shown, left } = await runAsked([
    home.file("nowhere"),
    "",
    "9",
    "localhost:11434",
    "",
  ]);
  expect({ code, left }).toEqual({ code: 0, left: [] });
  expect(shown).toContain(`Directory to watch [${home.file("inbox")}]: `);
  expect(stderr).toContain(`There is no directory ${home.file("nowhere")}. Create it`);
  expect(stderr).toContain("1  built-in rules: not a language model");
  expect(stderr).toMatch(/2 {2}qwen3\.5:4b at \S+: runs on this machine; free\n/u);
  expect(stderr).toMatch(
    /3 {2}big:cloud at \S+: remote: your text leaves this machine; price unknown; context window of 131072 tokens\n/u,
  );
  expect(stderr).toContain("There is no number 9. Type a number from 1 to 3, or an address.");
  expect(stderr).toContain("such as http://localhost:11434.");
  expect(parse(config()).agents).toMatchObject([{ id: "inbox" }]);
  expect(parse(config()).model.provider).toBe("rules");
});

test("on a terminal another endpoint is typed in, with three questions and whether text may leave", async () => {
  await using _models = await withModels();
  const { shown, stdout } = await runAsked(
    [home.file("Notes"), "https://llm.example/v1", "big", "yes"],
    [],
  );
  expect(shown.match(/: /gu)).toHaveLength(4);
  expect(shown).toContain(
    "goes to llm.example. Agree (yes = only there, any = also to models you choose later) [no]: ",
  );
  expect(parse(config(), { LLM_API_KEY: "k" }).model).toMatchObject({
    base_url: "https://llm.example/v1",
    name: "big",
    api_key: "k",
  });
  expect(parse(config()).agents[0]?.directories).toMatchObject([{ sends: ["llm.example"] }]);
  expect(stdout).toContain("If the running daemon was started without LLM_API_KEY");
  expect(stdout).toContain(`put this line into ${home.file("secrets.env")}`);
  expect(stdout).toContain("  LLM_API_KEY=YOUR_KEY\n");
});

test.each<[where: string, lays: () => void, env: Record<string, string>, said: string]>([
  ["secrets.env", () => home.write("secrets.env", "MY_KEY=k\n"), {}, "Its API key is MY_KEY in"],
  ["the environment", () => {}, { MY_KEY: "k" }, "This shell has the API key MY_KEY"],
  ["no place", () => {}, {}, "  export MY_KEY=YOUR_KEY\n"],
])("the last screen says that the key is in %s", async (_where, lays, env, said) => {
  lays();
  const { stdout } = await runInProcess(
    home,
    ["init", "--yes", "--model", "m", "--at", "https://llm.example/v1", "--key", "MY_KEY"],
    { env },
  );
  expect(stdout).toContain(said);
});

test("an endpoint of the config keeps the variable of its key", async () => {
  await using _models = await withModels();
  home.write(
    "config.yaml",
    "version: 1\nmodel: { provider: openai, base_url: https://llm.example/v1, name: big, api_key: '${BIG_KEY}' }\n",
  );
  const kept = await runAsked([home.file("Notes"), "1", "yes"]);
  expect(kept.stderr).toContain("1  the config's model: big");
  expect(kept.stdout).toContain("BIG_KEY");
  await runAsked([home.file("Notes"), "https://llm.example/v1", "small", "yes"]);
  const { agents, config: written } = parse(config(), { BIG_KEY: "k" });
  expect(written.agents).toMatchObject([{ model: null }, { model: { name: "small" } }]);
  expect(agents[1]?.model).toMatchObject({ name: "small", api_key: "k" });
});

test("one more agent keeps the model of the config, or gets one of its own", async () => {
  await using _models = await withModels();
  home.write("config.yaml", "version: 1\n");
  await runAsked([home.file("Notes"), ""]);
  await runAsked([home.file("Notes"), "3"], ["--name", "Own"]);
  expect(parse(config()).config.agents).toMatchObject([
    { id: "notes", model: null },
    { id: "own", model: { name: "qwen3.5:4b" } },
  ]);
});

test.each(["no", ""])(
  "whoever answers %j to the privacy question is asked again",
  async (answer) => {
    await using _models = await withModels();
    const { code, left } = await runAsked(["", "3", answer, "1"]);
    expect({ code, left }).toEqual({ code: 0, left: [] });
    expect(parse(config()).model.provider).toBe("rules");
  },
);

test("no to a model that was named writes nothing", async () => {
  await using _models = await withModels();
  const { code, stderr } = await runAsked(["", "no"], ["--model", "big:cloud"]);
  expect(code).toBe(1);
  expect(stderr).toContain("Nothing was written to the config.");
  expect(existsSync(home.file("config.yaml"))).toBe(false);
});

test.each([0, 1, 2, 3])("after %i answers the end of input loses none of them", async (count) => {
  await using _models = await withModels();
  const answers = [home.file("Notes"), "https://llm.example/v1", "big", "yes"];
  const first = await runAsked([...answers.slice(0, count), null]);
  expect(first).toMatchObject({ code: 130, stdout: "", left: [] });
  expect(first.stderr.includes(home.file("init.json"))).toBe(count > 0);
  expect(existsSync(home.file("config.yaml"))).toBe(false);
  const kept = statSync(home.file("init.json"), { throwIfNoEntry: false });
  expect(kept && kept.mode & 0o777).toBe(count > 0 ? 0o600 : undefined);

  const enters = Array.from({ length: count }, () => "");
  const second = await runAsked([...enters, ...answers.slice(count)]);
  expect(second).toMatchObject({ code: 0, left: [] });
  expect(parse(config(), { LLM_API_KEY: "k" })).toMatchObject({
    agents: [{ directories: [{ path: home.file("Notes") }] }],
    model: { base_url: "https://llm.example/v1", name: "big" },
  });
  expect(existsSync(home.file("init.json"))).toBe(false);
});

test.each(["", "{", '{"directory":7}', "null"])(
  "kept answers that say %j hold nothing up",
  async (text) => {
    await using _models = await withModels();
    home.write("init.json", text);
    expect((await runAsked([home.file("Notes"), ""])).code).toBe(0);
  },
);

test("a config that no daemon starts with is replaced all the same", async () => {
  home.write("config.yaml", "agnts: []\n");
  const { code, stderr } = await runAsked([home.file("Notes"), ""], ["--replace"]);
  expect(stderr).toContain("No models can be listed.");
  expect(code).toBe(0);
  expect(parse(config()).agents).toMatchObject([{ id: "notes" }]);
});
