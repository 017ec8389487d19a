import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { planService } from "../../daemon/cli/service/plan.ts";
import { type TestHome, testHome, waitFor } from "../helper/program.ts";

// What the managers of systemd, launchd and Windows read is taken apart here by their rules and really run, with no
// more of an environment than they give.

const LAUNCHER = path.resolve(import.meta.dirname, "../../daemon/cli/launch.js");

/** What a manager runs. */
interface Start {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
}

interface Place {
  home: TestHome;
  /** The text of the file that the manager reads. */
  text: string;
}

/** A home, and what starts it at login; both have names that need every kind of quoting. */
function placeOn(platform: NodeJS.Platform, name: string): Place {
  const home = testHome({ "in/weekly.md": "# Weekly\n\n- [ ] Call Bob\n" });
  home.configure(
    `agents:\n  - { id: inbox, directories: [{ path: ${JSON.stringify(home.file("in"))} }] }\n`,
  );
  const [named, runtime] = [home.file(`home ${name}`), home.file(`node ${name}`)];
  symlinkSync(home.file("home"), named);
  symlinkSync(process.execPath, runtime);
  const plan = planService({
    platform,
    env: { AGENT_RUNNER_HOME: named },
    userHome: home.file("user"),
    uid: process.getuid?.() ?? 0,
    user: "ann",
    runtime,
    entry: LAUNCHER,
    // A path of Windows is none here: what is written there lies in the directory that the task is run in.
    state: "",
  });
  for (const file of plan.files) {
    const place = path.resolve(home.path, file.path);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, file.text);
  }
  return { home, text: plan.files[0]?.text ?? "" };
}

function run({ argv: [program = "", ...args], env, cwd }: Start): {
  child: ChildProcess;
  gone: Promise<number | NodeJS.Signals>;
} {
  const child = spawn(program, args, { env, cwd, stdio: "ignore", detached: true });
  const gone = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 1));
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, gone };
}

/** The words of a line of a unit (systemd.syntax, systemd.service). */
function unitWords(line: string): string[] {
  return Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gu), ([, quoted, bare]) =>
    (quoted ?? bare ?? "").replaceAll(/\\(.)/gu, "$1").replaceAll("%%", "%").replaceAll("$$", "$"),
  );
}

function unitValue(text: string, key: string): string {
  return new RegExp(`^${key}=(.*)$`, "mu").exec(text)?.[1] ?? "";
}

function unescapeXml(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** A command line as CommandLineToArgvW takes it apart, of words that all stand in quotes. */
function windowsWords(line: string): string[] {
  return Array.from(line.matchAll(/"((?:[^"\\]|\\+"|\\+(?!"))*)"(?= |$)/gu), ([, word = ""]) =>
    word.replaceAll(/(\\+)$/gu, (all) => all.slice(all.length / 2)).replaceAll(String.raw`\"`, '"'),
  );
}

const systemdStart = ({ home, text }: Place): Start => {
  const words = unitWords(unitValue(text, "Environment"));
  return {
    argv: unitWords(unitValue(text, "ExecStart")),
    env: {
      HOME: home.file("user"),
      PATH: "/usr/local/bin:/usr/bin:/bin",
      XDG_RUNTIME_DIR: home.file("user"),
      ...Object.fromEntries(words.map((word) => word.split(/=(.*)/su).slice(0, 2))),
    },
    cwd: home.file("user"),
  };
};

test("what the systemd unit runs starts, ends with 0 at SIGTERM, and comes back after a kill", async ({
  skip,
}) => {
  if (process.platform !== "linux") skip("is about systemd");
  const place = placeOn("linux", 'a "b" %h $HOME');
  const { home, text } = place;
  await using _home = home;
  const start = systemdStart(place);
  const stopMs = Number(unitValue(text, "TimeoutStopSec")) * 1_000;

  const killed = run(start);
  const client = await home.connect();
  await waitFor("the file is read", async () => (await client.entities("task")).items.length === 1);
  killed.child.kill("SIGKILL");
  expect(await killed.gone).toBe("SIGKILL");

  // `Restart=on-failure` runs it again.
  const again = run(start);
  const next = await home.connect();
  expect((await next.verify()).complete).toBe(true);
  expect((await next.entities("task")).items).toHaveLength(1);
  const before = performance.now();
  again.child.kill("SIGTERM");
  expect(await again.gone).toBe(0);
  expect(performance.now() - before).toBeLessThan(stopMs);

  // One that was ended by `stop` ends with 0 too, and is not run again.
  const stopped = run(start);
  await home.connect();
  expect((await home.run("stop")).code).toBe(0);
  expect(await stopped.gone).toBe(0);
});

test("systemd does not try again what cannot go well: a wrong config, and a second daemon", async ({
  skip,
}) => {
  if (process.platform !== "linux") skip("is about systemd");
  const place = placeOn("linux", "plain");
  const { home, text } = place;
  await using _home = home;
  const start = systemdStart(place);
  const final = unitValue(text, "RestartPreventExitStatus").split(" ").map(Number);
  const first = run(start);
  await home.connect();
  expect(final).toContain(await run(start).gone);
  first.child.kill("SIGTERM");
  await first.gone;
  home.write("home/config.yaml", "agents: [\n");
  expect(final).toContain(await run(start).gone);
});

test("what the launch agent runs starts, and ends with 0 at SIGTERM", async () => {
  const place = placeOn("darwin", "<a> & 'b'");
  const { home, text } = place;
  await using _home = home;
  const strings = (part: string): string[] =>
    Array.from(part.matchAll(/<string>(.*?)<\/string>/gsu), ([, one = ""]) => unescapeXml(one));
  const argv = strings(/<key>ProgramArguments<\/key>.*?<\/array>/su.exec(text)?.[0] ?? "");
  const [dict = ""] = /<key>EnvironmentVariables<\/key>.*?<\/dict>/su.exec(text) ?? [];
  const [AGENT_RUNNER_HOME = ""] = strings(dict);
  const daemon = run({
    argv,
    env: { HOME: home.file("user"), PATH: "/usr/bin:/bin:/usr/sbin:/sbin", AGENT_RUNNER_HOME },
    cwd: "/",
  });
  const client = await home.connect();
  expect((await client.agents()).map(({ id }) => id)).toEqual(["inbox"]);
  daemon.child.kill("SIGTERM");
  expect(await daemon.gone).toBe(0);
});

test("what the task of the Task Scheduler runs starts a daemon that stays, in the home it was made for", async () => {
  const place = placeOn("win32", "<a> & 'b'");
  const { home, text } = place;
  await using _home = home;
  const value = (name: string): string =>
    unescapeXml(new RegExp(`<${name}>(.*?)</${name}>`, "su").exec(text)?.[1] ?? "");
  const starter = run({
    argv: [value("Command"), ...windowsWords(value("Arguments"))],
    env: { HOME: home.file("user"), PATH: process.env["PATH"] ?? "" },
    cwd: home.path,
  });
  expect(await starter.gone).toBe(0);
  const client = await home.connect();
  expect((await client.agents()).map(({ id }) => id)).toEqual(["inbox"]);
  expect((await home.run("stop")).code).toBe(0);
});
