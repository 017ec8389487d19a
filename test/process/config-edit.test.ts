import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import type { Ended } from "../helper/program.ts";

const LAUNCHER = path.resolve(import.meta.dirname, "../../daemon/cli/launch.js");
const TEXT = "# Mine.\nversion: 1\nserver: { port: 4770 }\n";

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder({ "home/config.yaml": TEXT });
});
afterEach(() => folder[Symbol.dispose]());

/** Runs `config edit` with an editor that runs these lines on the file `$1`, and what is typed. */
async function edit(script: string, typed = "", ...args: string[]): Promise<Ended> {
  const editor = folder.write(
    "my editor.sh",
    `#!/bin/sh\necho "$1" >> "${folder.file("opened")}"\n${script}\n`,
  );
  chmodSync(editor, 0o700);
  const child = spawn(process.execPath, [LAUNCHER, "config", "edit", ...args], {
    env: {
      ...process.env,
      AGENT_RUNNER_HOME: folder.file("home"),
      VISUAL: "",
      EDITOR: `'${editor}'`,
    },
  });
  child.stdin.end(typed);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code: child.exitCode ?? 1, stdout, stderr };
}
const config = (): string => readFileSync(folder.file("home/config.yaml"), "utf8");
const opened = (): string[] => readFileSync(folder.file("opened"), "utf8").trimEnd().split("\n");

test.skipIf(process.platform === "win32")(
  "without an editor of one's own and without a terminal it says where the config is",
  async () => {
    const env = { ...process.env, AGENT_RUNNER_HOME: folder.file("home"), VISUAL: "", EDITOR: "" };
    const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, "config", "edit"], {
      env,
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(folder.file("home/config.yaml"));
  },
);

test("a valid edit is put in place, with the mode of the file, and no copy is left", async () => {
  chmodSync(folder.file("home/config.yaml"), 0o640);
  const { code, stdout } = await edit(`sed -i.bak s/4770/4771/ "$1"`);
  expect([code, config()]).toEqual([0, TEXT.replace("4770", "4771")]);
  expect(stdout).toContain("is valid and saved");
  expect(statSync(folder.file("home/config.yaml")).mode & 0o777).toBe(0o640);
  expect(() => statSync(path.dirname(opened()[0] ?? ""))).toThrow("ENOENT");
});

test("an edit that is not valid is told at its line, and can be edited again", async () => {
  const script = `if grep -q x4770 "$1"; then sed -i.bak s/x4770/4772/ "$1"; else sed -i.bak s/4770/x4770/ "$1"; fi`;
  const { code, stderr } = await edit(script, "\n");
  expect(stderr).toContain(
    'line 3: server.port: expected a whole number from 0 to 65535, got "x4770"',
  );
  expect([code, config()]).toEqual([0, TEXT.replace("4770", "4772")]);
  const [first, second, ...more] = opened();
  expect([second, more]).toEqual([first, []]);
});

test("whoever does not edit it again, or cannot be asked, keeps the config", async () => {
  for (const typed of ["n\n", ""]) {
    const { code, stdout } = await edit(`sed -i.bak s/4770/x/ "$1"`, typed, "--json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "config_invalid", issues: [{ line: 3, key: "server.port" }] },
    });
    expect(config()).toBe(TEXT);
  }
});

test("an editor that changes nothing, or fails, changes nothing", async () => {
  expect(await edit("true")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("is unchanged"),
  });
  expect(await edit(`sed -i.bak s/4770/4771/ "$1"; exit 3`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("ended with 3"),
  });
  expect(config()).toBe(TEXT);
});

test("what somebody else wrote meanwhile is not written over", async () => {
  const script = `echo "# Theirs." >> "${folder.file("home/config.yaml")}"; sed -i.bak s/4770/4771/ "$1"`;
  const { code, stderr } = await edit(script);
  expect([code, stderr]).toEqual([2, expect.stringContaining("was changed while you edited it")]);
  expect(config()).toBe(`${TEXT}# Theirs.\n`);
});
