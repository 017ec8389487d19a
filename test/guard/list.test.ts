import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { listGuards } from "./list.ts";

const root = path.resolve(import.meta.dirname, "../..");

test("the code of each guard is in its file once, and its tests are there", async () => {
  const stale = (await listGuards()).filter(({ file, code, tests }) => {
    const times = readFileSync(path.join(root, file), "utf8").split(code).length - 1;
    return times !== 1 || !tests.every((name) => existsSync(path.join(root, name)));
  });
  expect(stale).toEqual([]);
});
