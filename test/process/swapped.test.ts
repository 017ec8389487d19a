import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { RunnerError } from "../../daemon/core/errors.ts";
import { testHome, waitFor, waitForRun } from "../helper/program.ts";

const NAMES = Array.from({ length: 200 }, (_, at) => `note-${at}.md`);
const CANARY = "canary-7d1f";

/** Swaps a directory with a link and back, every few milliseconds, until it is disposed of. */
function startSwapping(directory: string, target: string): AsyncDisposable {
  const script = `
    const { renameSync, symlinkSync } = require("node:fs");
    const [directory, target, aside, link] = process.argv.slice(1);
    const asleep = new Int32Array(new SharedArrayBuffer(4));
    const wait = () => Atomics.wait(asleep, 0, 0, 1 + Math.random() * 5);
    symlinkSync(target, link);
    let isAsked = false;
    process.on("SIGTERM", () => { isAsked = true; });
    const swap = () => {
      renameSync(directory, aside); renameSync(link, directory); wait();
      renameSync(directory, link); renameSync(aside, directory); wait();
      if (isAsked) process.exit();
      setImmediate(swap);
    };
    swap();`;
  const places = [`${directory}-aside`, `${directory}-link`].map((place) =>
    place.replace("/in/", "/"),
  );
  const child = spawn(process.execPath, ["-e", script, directory, target, ...places], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const gone = once(child, "exit");
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      expect(await gone).toEqual([0, null]);
    },
  };
}

/** Another run of the agent may be under way. */
function passRunning(error: unknown): void {
  if (!(error instanceof RunnerError && error.code === "run_in_progress")) throw error;
}

test.skipIf(process.platform !== "linux")(
  "no file behind a directory that is swapped with a link is read, and every real one is",
  { timeout: 600_000 },
  async () => {
    await using home = testHome({
      ...Object.fromEntries(NAMES.map((name) => [`in/sub/${name}`, `# Real ${name}\n`])),
      ...Object.fromEntries(NAMES.map((name) => [`secret/${name}`, `# ${CANARY} ${name}\n`])),
    });
    home.configure(
      `agents: [{ id: test, directories: [{ path: "${home.file("in")}", watch: false }], settle_seconds: 0 }]`,
    );
    const program = home.start();
    const client = await home.connect();
    const runOnce = async (): Promise<void> => {
      await client.trigger("test").catch(passRunning);
      await waitForRun(client, "test");
    };
    {
      await using _attack = startSwapping(home.file("in/sub"), home.file("secret"));
      for (let round = 0; round < 15; round += 1) await runOnce();
    }
    await waitFor("every real file is read", async () => {
      await runOnce();
      const { items } = await client.files({ state: "done", limit: 500 });
      const done = new Set(items.map(({ path }) => path));
      return NAMES.every((name) => done.has(home.file(`in/sub/${name}`)));
    });
    await program.end("SIGTERM");
    const files = globSync(`${home.file("home")}/**/*`).filter((file) => statSync(file).isFile());
    const having = (words: string): string[] =>
      files.filter((file) => readFileSync(file).includes(words));
    expect(having("Real note-0.md")).not.toEqual([]);
    expect(having(CANARY)).toEqual([]);
  },
);
