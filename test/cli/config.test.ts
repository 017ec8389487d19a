import { expect, test } from "vitest";
import { testFolder } from "../helper/folder.ts";
import { runInProcess } from "./run-in-process.ts";

test("config check says what is wrong, at its line, and exits 2", async () => {
  using home = testFolder({
    "config.yaml": "version: 1\nagents:\n  - id: inbox\n    colour: red\n",
  });
  const { code, stderr } = await runInProcess(home, ["config", "check"]);
  expect(code).toBe(2);
  expect(stderr).toContain("line 4: agents[0].colour");
});

test("config check tells a variable that is not set as a problem of a valid config", async () => {
  using home = testFolder({
    "config.yaml": [
      "version: 1",
      "model: { provider: openai, name: m, api_key: '${NO_SUCH_KEY}' }",
      "agents: [{ id: inbox, directories: [{ path: /in }] }]",
    ].join("\n"),
  });
  const { code, stdout } = await runInProcess(home, ["config", "check"]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/is valid.*\nProblem: .*NO_SUCH_KEY/u)]);
});

test("config check takes another file, and names one that is not there", async () => {
  using home = testFolder({ "draft.yaml": "version: 1\n" });
  const args = ["config", "check", home.file("draft.yaml")];
  expect((await runInProcess(home, args)).code).toBe(0);
  const missing = await runInProcess(home, ["config", "check", home.file("none.yaml")]);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("none.yaml")]);
});

test("config path prints the path alone", async () => {
  using home = testFolder();
  const { stdout } = await runInProcess(home, ["config", "path"]);
  expect(stdout).toBe(`${home.file("config.yaml")}\n`);
});

test("config schema prints the schema that is in the repository", async () => {
  using home = testFolder();
  const { default: schema } = await import("../../config/config.schema.json", {
    with: { type: "json" },
  });
  const { stdout } = await runInProcess(home, ["config", "schema"]);
  expect(JSON.parse(stdout)).toEqual(schema);
});
