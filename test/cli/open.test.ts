import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { openDoor } from "../helper/open-door.ts";
import { daemonFile, runInProcess } from "./run-in-process.ts";

let home: TestFolder;

beforeEach(() => {
  home = testFolder();
  return () => home[Symbol.dispose]();
});

/** A daemon of this home, and what an address of its page looks like. */
async function startDaemon() {
  const door = await openDoor();
  home.write("daemon.json", daemonFile(door));
  const { page_url } = await door.client.createSessionCode();
  const address = new RegExp(`${page_url.replaceAll(".", "\\.")}/#code=[\\w-]{43}`);
  return { address, [Symbol.asyncDispose]: () => door[Symbol.asyncDispose]() };
}

/** An environment in which this script is what opens a browser. */
function browser(script: string): { env: Record<string, string> } {
  for (const name of ["xdg-open", "open"]) {
    chmodSync(home.write(`bin/${name}`, `#!/bin/sh\n${script}\n`), 0o755);
  }
  return { env: { PATH: `${home.file("bin")}${path.delimiter}${process.env["PATH"]}` } };
}

const isWindows = process.platform === "win32";

test.skipIf(isWindows)(
  "the browser is given a file that leads to the address with its code in the fragment",
  async () => {
    await using daemon = await startDaemon();
    const seen = home.file("seen");
    const { code, stdout } = await runInProcess(
      home,
      ["open"],
      browser(`printf %s "$1" > '${seen}'`),
    );
    expect([code, stdout]).toEqual([0, "The page is open in your browser.\n"]);
    const file = readFileSync(seen, "utf8");
    expect(path.dirname(file)).toBe(home.file("sign-in"));
    expect(readFileSync(file, "utf8")).toMatch(daemon.address);
  },
);

test.skipIf(isWindows)("where no browser starts, the address is printed", async () => {
  await using daemon = await startDaemon();
  const { code, stdout } = await runInProcess(home, ["open"], browser("exit 3"));
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^http:.*\nOpen it in a browser/u)]);
  expect(stdout).toMatch(daemon.address);
  const without = await runInProcess(home, ["open"], { env: { PATH: home.file("nothing") } });
  expect(without.stdout).toMatch(daemon.address);
  expect(readdirSync(home.file("sign-in"))).toEqual([]);
});

test.skipIf(isWindows)("--print opens nothing", async () => {
  await using daemon = await startDaemon();
  const env = browser(`: > '${home.file("seen")}'`);
  const { stdout } = await runInProcess(home, ["open", "--print", "--json"], env);
  expect(JSON.parse(stdout)).toEqual({
    address: expect.stringMatching(daemon.address),
    opened: false,
  });
  expect(existsSync(home.file("seen"))).toBe(false);
});
