import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { watchConfig } from "../../daemon/config/live-reload.ts";
import type { ConfigWatch, ConfigWatchOptions } from "../../daemon/config/live-reload.ts";
import { readConfig } from "../../daemon/config/load.ts";
import type { LoadedConfig } from "../../daemon/config/load.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import type { FakeClock } from "../helper/fake-clock.ts";
import { testFolder } from "../helper/folder.ts";
import type { TestFolder } from "../helper/folder.ts";

const LOOK_MS = 500;

/** A config of one agent on one directory, which tells configs apart. */
const on = (directory: string): string =>
  `agents: [{ id: a, directories: [{ path: ${directory} }] }]\n`;
const BROKEN = "agents: [{ id: a, directories: [";

/** A watched home. `said` has what the watch called, each config as the directory of its agent. */
interface WatchedConfig extends AsyncDisposable {
  folder: TestFolder;
  clock: FakeClock;
  watch: ConfigWatch;
  said: string[];
  /** Lets the watch look this often, each time until it waits again. */
  look(times: number): Promise<void>;
  /** Looks until an edit has long been judged, and gives what was said since the last time. */
  judge(): Promise<string[]>;
}

type Change = Partial<Pick<ConfigWatchOptions, "onChange" | "onInvalid" | "onValid" | "read">>;

function watched(folder: TestFolder, change: Change = {}): WatchedConfig {
  const clock = fakeClock("2026-01-05T10:00:00Z");
  const paths = { config: folder.file("config.yaml"), secrets: folder.file("secrets.env") };
  const read = (): LoadedConfig => readConfig(paths, {}, { userHome: folder.path, tools: [] });
  const said: string[] = [];
  const watch = watchConfig({
    paths,
    read,
    current: read(),
    clock,
    logger: silentLogger,
    onChange: (next, previous) => said.push(`${directoryOf(previous)} -> ${directoryOf(next)}`),
    onInvalid: ({ code }) => said.push(code),
    onValid: () => said.push("valid"),
    ...change,
  });
  const look = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      await clock.advance(LOOK_MS);
      // The files are really read.
      while (clock.sleepers() === 0) await new Promise(setImmediate);
    }
  };
  return {
    folder,
    clock,
    watch,
    said,
    look,
    async judge() {
      await look(4);
      return said.splice(0);
    },
    [Symbol.asyncDispose]: async () => {
      await watch.stop();
      folder[Symbol.dispose]();
    },
  };
}

function directoryOf(config: LoadedConfig): string {
  return config.agents[0]?.directories[0]?.path ?? "nothing";
}

function home(): TestFolder {
  return testFolder({ "config.yaml": on("/a") });
}

/** The ways in which editors save. */
const SAVES: [string, (folder: TestFolder, text: string) => void][] = [
  ["written in place", (folder, text) => writeFileSync(folder.file("config.yaml"), text)],
  [
    "renamed over the old one",
    (folder, text) => renameSync(folder.write("new", text), folder.file("config.yaml")),
  ],
  [
    "deleted and made again",
    (folder, text) => {
      rmSync(folder.file("config.yaml"));
      folder.write("config.yaml", text);
    },
  ],
  [
    "replaced by a link",
    (folder, text) => {
      rmSync(folder.file("config.yaml"));
      symlinkSync(folder.write("elsewhere/real.yaml", text), folder.file("config.yaml"));
    },
  ],
];

test.each(SAVES)("a config that is %s is in force within two seconds", async (_, save) => {
  await using config = watched(home());
  await config.judge();
  save(config.folder, on("/b"));
  const editedAt = config.clock.now();
  while (config.said.length === 0) await config.look(1);
  expect(config.said).toEqual(["/a -> /b"]);
  expect(config.clock.now() - editedAt).toBeLessThanOrEqual(2000);
});

test("the target of a link is followed, and so is the link", async () => {
  const folder = testFolder({ "one.yaml": on("/a"), "two.yaml": on("/b") });
  symlinkSync(folder.file("one.yaml"), folder.file("config.yaml"));
  await using config = watched(folder);
  folder.write("one.yaml", on("/c"));
  expect(await config.judge()).toEqual(["/a -> /c"]);
  rmSync(folder.file("config.yaml"));
  symlinkSync(folder.file("two.yaml"), folder.file("config.yaml"));
  expect(await config.judge()).toEqual(["/c -> /b"]);
});

test("an edit between the reading of the config and the start of the watch is found", async () => {
  const folder = home();
  await using config = watched(folder);
  folder.write("config.yaml", on("/b"));
  expect(await config.judge()).toEqual(["/a -> /b"]);
});

test("an edit that leaves size and time as they were is found", async () => {
  await using config = watched(home());
  const file = config.folder.file("config.yaml");
  utimesSync(file, 1, 1);
  await config.judge();
  config.folder.write("config.yaml", on("/b"));
  utimesSync(file, 1, 1);
  expect(await config.judge()).toEqual(["/a -> /b"]);
});

test.each<[string, (folder: TestFolder) => void]>([
  ["no edit at all", () => {}],
  ["a touch", ({ file }) => utimesSync(file("config.yaml"), 1, 1)],
  ["the same text saved again", ({ write }) => write("config.yaml", on("/a"))],
  ["a comment", ({ write }) => write("config.yaml", `# more\n${on("/a")}`)],
  ["an empty secrets.env", ({ write }) => chmodSync(write("secrets.env", ""), 0o600)],
])("of %s nothing is said", async (_, edit) => {
  await using config = watched(home());
  await config.judge();
  edit(config.folder);
  expect(await config.judge()).toEqual([]);
});

test("what secrets.env fills in is followed, and so is who may read it", async () => {
  const folder = testFolder({ "config.yaml": on('"${IN}"') });
  const problems: (string | undefined)[] = [];
  await using config = watched(folder, {
    onChange: (next) => problems.push(directoryOf(next), next.problems[0]?.code),
  });
  chmodSync(folder.write("secrets.env", "IN=/b"), 0o644);
  await config.judge();
  expect(problems.splice(0)).toEqual(["/b", "secrets_exposed"]);
  chmodSync(folder.file("secrets.env"), 0o600);
  await config.judge();
  expect(problems.splice(0)).toEqual(["/b", undefined]);
  rmSync(folder.file("secrets.env"));
  await config.judge();
  expect(problems.splice(0)).toEqual(["${IN}", "variable_unset"]);
});

test("a broken text is said once, keeps what is in force, and its mending is said", async () => {
  await using config = watched(home());
  config.folder.write("config.yaml", BROKEN);
  expect(await config.judge()).toEqual(["config_invalid"]);
  expect(await config.judge()).toEqual([]);
  config.folder.write("config.yaml", `${BROKEN} `);
  expect(await config.judge()).toEqual(["config_invalid"]);
  config.folder.write("config.yaml", on("/a"));
  expect(await config.judge()).toEqual(["valid"]);
  config.folder.write("config.yaml", `# more\n${on("/a")}`);
  expect(await config.judge()).toEqual([]);
});

test("a broken text that is mended to something new is a change from what was in force", async () => {
  await using config = watched(home());
  config.folder.write("config.yaml", BROKEN);
  await config.judge();
  config.folder.write("config.yaml", on("/b"));
  expect(await config.judge()).toEqual(["/a -> /b"]);
});

test.each<[string, string, (file: string) => void]>([
  ["deleted", "config_missing", (file) => rmSync(file)],
  [
    "a link to nothing",
    "config_missing",
    (file) => {
      rmSync(file);
      symlinkSync("nothing", file);
    },
  ],
  [
    "a directory",
    "home_unusable",
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  ],
])("a config that is %s is %s, and back again once it is there", async (_, code, spoil) => {
  await using config = watched(home());
  const file = config.folder.file("config.yaml");
  spoil(file);
  expect(await config.judge()).toEqual([code]);
  rmSync(file, { recursive: true, force: true });
  config.folder.write("config.yaml", on("/a"));
  expect(await config.judge()).toEqual(["valid"]);
});

test("a text that is still being written is not judged", async () => {
  await using config = watched(home());
  await config.judge();
  const text = on("/b");
  for (const length of [0, 10, 20, 30, text.length]) {
    config.folder.write("config.yaml", text.slice(0, length));
    await config.look(1);
    expect(config.said).toEqual([]);
  }
  expect(await config.judge()).toEqual(["/a -> /b"]);
});

test("a text that was broken for one look only is not said to be", async () => {
  await using config = watched(home());
  await config.judge();
  for (let time = 0; time < 3; time += 1) {
    config.folder.write("config.yaml", BROKEN);
    await config.look(1);
    config.folder.write("config.yaml", on("/a"));
    await config.look(1);
  }
  expect(config.said).toEqual([]);
});

test("a text that changes while it is read is judged by what it comes to", async () => {
  const folder = home();
  const paths = { config: folder.file("config.yaml"), secrets: folder.file("secrets.env") };
  let texts: string[] = [];
  await using config = watched(folder, {
    read() {
      const text = texts.shift();
      if (text !== undefined) folder.write("config.yaml", text);
      return readConfig(paths, {}, { userHome: folder.path, tools: [] });
    },
  });
  await config.judge();
  texts = [BROKEN, on("/c")];
  folder.write("config.yaml", on("/b"));
  expect(await config.judge()).toEqual([]);
  expect(await config.judge()).toEqual(["/a -> /c"]);
});

test("a config that cannot be put in force is said, and the next difference is from the one before", async () => {
  const said: string[] = [];
  await using config = watched(home(), {
    onChange(next, previous) {
      said.push(`${directoryOf(previous)} -> ${directoryOf(next)}`);
      if (directoryOf(next) === "/bad") throw new Error("no");
    },
    onInvalid: ({ code }) => said.push(code),
  });
  config.folder.write("config.yaml", on("/bad"));
  await config.judge();
  expect(said.splice(0)).toEqual(["/a -> /bad", "internal"]);
  config.folder.write("config.yaml", on("/b"));
  await config.judge();
  expect(said).toEqual(["/a -> /b"]);
});

test("whatever it calls may throw, and it goes on", async () => {
  const fail = (): never => {
    throw new RunnerError("home_unusable", "no");
  };
  let isBad = true;
  await using config = watched(home(), {
    onInvalid: () => (isBad ? fail() : config.said.push("invalid")),
    onValid: fail,
  });
  for (const text of [BROKEN, on("/a"), BROKEN]) {
    config.folder.write("config.yaml", text);
    await config.judge();
  }
  isBad = false;
  config.folder.write("config.yaml", `${BROKEN} `);
  expect(await config.judge()).toEqual(["invalid"]);
});

test("nothing is said after a stop, not even of what was being read", async () => {
  const config = watched(home());
  using folder = config.folder;
  await config.judge();
  folder.write("config.yaml", on("/b"));
  await config.look(1);
  const woken = config.clock.advance(LOOK_MS);
  await config.watch.stop();
  await woken;
  await config.clock.pass(10 * LOOK_MS);
  expect(config.said).toEqual([]);
  expect(config.clock.sleepers()).toBe(0);
});

test("however it is edited, what is in force in the end is the last text, if it is one", async () => {
  const texts = fc.constantFrom(on("/a"), on("/b"), on("/c"), BROKEN, "nonsense: 1", null);
  const edit = fc.record({ text: texts, by: fc.nat(SAVES.length - 1), looks: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 8 }), async (edits) => {
      await using config = watched(home());
      const file = config.folder.file("config.yaml");
      for (const { text, by, looks } of edits) {
        if (text === null) rmSync(file, { force: true });
        else {
          config.folder.write("config.yaml", "");
          SAVES[by]?.[1](config.folder, text);
        }
        await config.look(looks);
      }
      await config.look(4);

      const changes = config.said.filter((each) => each.includes(" -> "));
      const steps = changes.map((each) => each.split(" -> "));
      const inForce = ["/a", ...steps.map(([, to]) => to)];
      expect(steps.map(([from]) => from)).toEqual(inForce.slice(0, -1));
      const last = edits.at(-1)?.text;
      const written = last === undefined ? "/a" : /\/[abc]/u.exec(last ?? "")?.[0];
      const isRefused = config.said.at(-1)?.includes("_") ?? false;
      expect(isRefused).toBe(written === undefined);
      expect(written ?? inForce.at(-1)).toBe(inForce.at(-1));
      // An end of trouble is told only after trouble.
      const mended = config.said.flatMap((each, index) => (each === "valid" ? [index] : []));
      expect(mended.filter((index) => !config.said[index - 1]?.includes("_"))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
