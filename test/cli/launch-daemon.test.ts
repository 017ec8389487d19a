import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { testFolder } from "../helper/folder.ts";
import { daemonFile, runInProcess } from "./run-in-process.ts";

test("what a daemon says when it cannot start is what the command says", async () => {
  using home = testFolder();
  const said = { code: "config_invalid", message: "line 1: no", hint: "Mend it." };
  const script = `console.log(${JSON.stringify(JSON.stringify({ error: said }))}); process.exit(2);`;
  const entry = home.write("daemon.mjs", script);
  const ended = await runInProcess(home, ["start", "--detach"], { entry });
  expect(ended).toEqual({ code: 2, stdout: "", stderr: "error: line 1: no\n  Mend it.\n" });
});

test("a daemon that breaks before it can say why leaves its last words in the logs", async () => {
  using home = testFolder();
  // What a daemon left behind that was killed is not taken for the new one.
  home.write("daemon.json", daemonFile({ url: "http://127.0.0.1:1", token: "t" }));
  const entry = home.write("daemon.mjs", `throw new Error("out of luck");`);
  const { code, stdout } = await runInProcess(home, ["run", "inbox", "--json"], { entry });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: "internal", hint: expect.stringContaining(home.file("logs")) },
  });
  expect(readFileSync(home.file("logs/daemon.err"), "utf8")).toContain("out of luck");
});

test("a home that cannot be written to is no fault of the program", async () => {
  using home = testFolder({ logs: "A file where the directory should be." });
  expect(await runInProcess(home, ["run", "inbox"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^error: The directory .*logs cannot be created \(EEXIST\)\.\n {2}Set AGENT_RUNNER_HOME/u,
    ),
  });
});
