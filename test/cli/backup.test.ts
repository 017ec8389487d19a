import path from "node:path";
import { expect, test } from "vitest";
import { testFolder } from "../helper/folder.ts";
import { openDoor } from "../helper/open-door.ts";
import { daemonFile, runInProcess } from "./run-in-process.ts";

test("backup says where it is and how large; a path is taken from where one stands", async () => {
  await using door = await openDoor();
  using home = testFolder({ "daemon.json": daemonFile(door) });
  const { code, stdout } = await runInProcess(home, ["backup"]);
  expect([code, stdout]).toEqual([0, "Copied the database to /data/backups/a.db (4.2 MB).\n"]);
  await runInProcess(home, ["backup", "here.db"]);
  expect(door.calls).toEqual([
    ["backUp", {}],
    ["backUp", { path: path.resolve("here.db") }],
  ]);
});
