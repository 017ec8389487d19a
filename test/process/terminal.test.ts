import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { LAUNCHER, type TestHome, testHome, waitFor } from "../helper/program.ts";
import { hang, startScriptedServer } from "../helper/scripted-server.ts";
import { openTerminal, type Terminal } from "../helper/terminal.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const ENTER = "\r";
const CTRL_C = "\u0003";

const IS_LINUX = process.platform === "linux";

function open(home: TestHome, ...args: string[]): Terminal {
  return openTerminal([process.execPath, LAUNCHER, ...args], home);
}

const readLog = (home: TestHome): string =>
  readFileSync(home.file("home/logs/agent-runner.log"), "utf8");

test.runIf(IS_LINUX)(
  "what init was told before its terminal was closed or Ctrl-C was pressed is offered again",
  { timeout: 180_000 },
  async () => {
    await using home = testHome();
    const notes = home.file("My notes");
    mkdirSync(notes);
    {
      await using first = open(home, "init");
      await first.sees("Directory to watch");
      first.type(`${home.file("nowhere")}${ENTER}`);
      await first.sees("There is no directory");
      await first.sees("Directory to watch");
      first.type(notes + ENTER);
      await first.sees("Number or address [1]: ");
      first.type(`localhost:11434${ENTER}`);
      await first.sees("Write the whole address, such as http://localhost:11434");
      await first.sees("Number or address [1]: ");
      first.type(`https://llm.example/v1${ENTER}`);
      await first.sees("Name of the model at https://llm.example/v1: ");
      first.close();
      await waitFor("nothing goes on in it", () => first.processes().length === 0);
    }
    {
      await using second = open(home, "init");
      await second.sees("An earlier `init` was broken off.");
      await second.sees(`Directory to watch [${notes}]: `);
      second.type(ENTER);
      await second.sees("Number or address [https://llm.example/v1]: ");
      second.type(ENTER);
      await second.sees("Name of the model at https://llm.example/v1: ");
      second.type(`big${ENTER}`);
      await second.sees(
        "The text of all files of this agent goes to llm.example. Agree (yes = only there, any = also to models you choose later) [no]: ",
      );
      second.type(CTRL_C);
      await second.sees("Interrupted. Nothing was written to the config. Your answers are in");
      expect(await second.ended()).toBe(130);
      expect(existsSync(home.file("home/config.yaml"))).toBe(false);
    }
    await using third = open(home, "init");
    for (const question of ["Directory", "Number or address", "Name of the model"]) {
      await third.sees(question);
      third.type(ENTER);
    }
    await third.sees("later) [no]: ");
    third.type(`yes${ENTER}`);
    await third.sees("export LLM_API_KEY=YOUR_KEY");
    await third.sees(`${home.file("home/secrets.env")}, which only you may read (chmod 600):`);
    await third.sees("LLM_API_KEY=YOUR_KEY");
    await third.sees("agent-runner start");
    expect(await third.ended()).toBe(0);
    const config = readFileSync(home.file("home/config.yaml"), "utf8");
    for (const part of [notes, "https://llm.example/v1", "name: big", "${LLM_API_KEY}"]) {
      expect(config).toContain(part);
    }
    expect(existsSync(home.file("home/init.json"))).toBe(false);
  },
);

test.runIf(IS_LINUX)("closing the terminal of `npm start` stops the daemon in order", async () => {
  await using home = testHome();
  home.configure("");
  await using terminal = openTerminal(["npm", "start"], {
    env: { ...home.env, npm_config_update_notifier: "false" },
    cwd: ROOT,
  });
  await terminal.sees("Ctrl-C stops the daemon, and so does closing this terminal");
  terminal.close();
  await waitFor("nothing goes on in it", () => terminal.processes().length === 0);
  expect(existsSync(home.file("home/daemon.json"))).toBe(false);
  const log = readLog(home);
  expect(log).toContain('"signal":"SIGHUP"');
  expect(log).toContain("The daemon has stopped");
  expect((await home.run("status")).stderr).toContain("start");
});

test.runIf(IS_LINUX)("a detached daemon outlives the terminal that it was started in", async () => {
  await using home = testHome();
  home.configure("");
  await using terminal = open(home, "start", "--detach");
  await terminal.sees("Agent Runner is running at");
  const client = await home.connect();
  terminal.close();
  await terminal.ended();
  expect((await client.health()).status).toBe("ok");
  expect(readLog(home)).not.toContain("SIGHUP");
  expect((await home.run("stop")).code).toBe(0);
});

test.runIf(IS_LINUX)(
  "Ctrl-C in a terminal says what it does, and a second one ends the stop",
  async () => {
    await using home = testHome({ "in/a.md": "# A" });
    await using server = await startScriptedServer(() => hang());
    home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]
`);
    await using terminal = open(home, "start");
    await terminal.sees("Ctrl-C stops the daemon");
    await waitFor("the request arrives", () => server.requests.length === 1);
    terminal.type(CTRL_C);
    await terminal.sees("Stopping; what is in progress continues at the next start.");
    await waitFor("it ends at a later Ctrl-C", () => {
      terminal.type(CTRL_C);
      return terminal.processes().length === 0;
    });
    expect(await terminal.ended()).toBe(130);
    expect(readLog(home)).not.toContain("The daemon has stopped");
  },
);

test("a terminal that hangs up more than once does not cut the stop short", async () => {
  await using home = testHome({ "in/a.md": "# A" });
  await using server = await startScriptedServer(() => hang());
  home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]
`);
  const program = home.start();
  await waitFor("the request arrives", () => server.requests.length === 1);
  await home.connect();
  await waitFor("it is gone", () => {
    program.child.kill("SIGHUP");
    return program.child.exitCode !== null || program.child.signalCode !== null;
  });
  expect(readLog(home)).toContain("The daemon has stopped");
});

test("Ctrl-C while the daemon is still starting ends it at once", async () => {
  await using home = testHome();
  home.configure("");
  const program = home.start(path.join(import.meta.dirname, "../helper/endless-migration.ts"));
  await waitFor("it migrates", () => program.output().includes("migrating"));
  expect(await program.end("SIGINT")).toBe(130);
  expect(program.output()).toContain("Stopping;");
  home.start();
  await home.connect();
});
