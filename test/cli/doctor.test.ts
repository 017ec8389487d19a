import { chmodSync } from "node:fs";
import { expect, test } from "vitest";
import { testFolder } from "../helper/folder.ts";
import { runInProcess } from "./run-in-process.ts";

test("doctor shows a line for each check, notes what to know, and exits 0", async () => {
  using home = testFolder({ "config.yaml": "version: 1\nserver: { port: 0 }\n" });
  chmodSync(home.file("config.yaml"), 0o600);
  const { code, stdout, stderr } = await runInProcess(home, ["doctor"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^ok {7}runtime +Node /mu);
  expect(stdout).toMatch(/^note {5}config +The config has no agents.\n {15,}Add one/mu);
  expect(stdout).toMatch(/\nNo problems\.\n$/u);
});

test("doctor shows what is wrong with its fix, and exits 1", async () => {
  using home = testFolder({ "config.yaml": "version: 1\nserver: { port: 0 }\nagnts: []\n" });
  chmodSync(home.file("config.yaml"), 0o600);
  const { code, stdout } = await runInProcess(home, ["doctor"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^problem {2}config .*config\.yaml:3:1: .*agents\?\.\n {15,}Correct the line/mu,
  );
  expect(stdout).toMatch(/\n1 problem\.\n$/u);
});
