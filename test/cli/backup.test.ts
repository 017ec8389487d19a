import { statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { openHome } from "./run-in-process.ts";

test("backup says where it is and how large; a path is resolved from the current directory", async () => {
  await using at = await openHome();
  const { code, stdout } = await at.run("backup");
  const [, file = ""] =
    /^Copied the database to (.*) \(\d+(?:\.\d)? .?B\)\.\n$/u.exec(stdout) ?? [];
  expect([code, path.dirname(file)]).toEqual([0, at.door.home.file("backups")]);
  expect(statSync(file).size).toBeGreaterThan(10_000);

  const target = at.home.file("here.db");
  const made = await at.run("backup", path.relative(process.cwd(), target));
  expect(made.stdout).toContain(`Copied the database to ${target} (`);
  expect(statSync(target).size).toBe(statSync(file).size);
});
