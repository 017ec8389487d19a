import { describe, expect, test } from "vitest";
import { findCommand } from "../../daemon/cli/help.ts";
import { listCommands, readHelp } from "./command-tree.ts";
import { type Ended, runInProcess } from "./run-in-process.ts";

const run = (args: string[]): Promise<Ended> => runInProcess({ path: "/nowhere" }, args);
const commands = listCommands();
const [program] = commands.map(({ command }) => command);

test("the whole tree was seen", () => {
  expect(commands.length).toBeGreaterThan(18);
});

describe.each(commands)("agent-runner $name", ({ name, command }) => {
  test("has the help that was agreed on", async () => {
    const { text } = await readHelp(name, run);
    const file = `${name.replaceAll(" ", "-") || "agent-runner"}.txt`;
    await expect(text).toMatchFileSnapshot(`help/${file}`);
  });

  test("says its purpose in one line, which fits the overview", () => {
    const purpose = command.summary() || command.description();
    expect(purpose).toMatch(/^[A-Z]/u);
    expect(purpose.length).toBeLessThanOrEqual(70);
  });

  test("says what each option and argument is", () => {
    const described = [...command.options, ...command.registeredArguments];
    expect(described.filter(({ description }) => description === "")).toEqual([]);
  });

  test("has two or three examples, each of a command that exists with options it takes", async () => {
    const { examples } = await readHelp(name, run);
    expect(examples.length).toBeGreaterThanOrEqual(2);
    expect(examples.length).toBeLessThanOrEqual(3);
    for (const args of examples) {
      const path: string[] = [];
      let used = program!;
      for (const word of args) {
        const next = used.commands.find((sub) => sub.name() === word);
        if (next === undefined) break;
        path.push(word);
        used = next;
      }
      expect(used).not.toBe(program);
      const known = ["--json", "--help", ...used.options.map(({ long }) => long)];
      expect(known).toEqual(expect.arrayContaining(args.filter((word) => word.startsWith("--"))));
    }
  });

  test("offers --all where it has --limit", () => {
    const names = command.options.map(({ long }) => long);
    expect(names.includes("--all")).toBe(names.includes("--limit"));
  });
});

test("every command stands under a heading of the overview", async () => {
  const { stdout } = await run(["help"]);
  expect(stdout).not.toContain("\nCommands:\n");
  for (const { name } of commands.filter((one) => /^\S+$/u.test(one.name))) {
    expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, "mu"));
  }
});

test("help COMMAND shows what COMMAND --help does", async () => {
  const asked = await run(["help", "tasks", "add"]);
  expect(asked).toEqual(await run(["tasks", "add", "--help"]));
  expect(asked.code).toBe(0);
});

test.each([
  [["help", "tsks"], "Did you mean tasks?"],
  [["help", "tasks", "ad"], "Did you mean add?"],
  [["tasks", "ad", "Call Anna"], "Did you mean add?"],
  [["taks"], "\n  Did you mean tasks?\n"],
  [["runs", "--limti", "3"], "Did you mean --limit?"],
  [["help", "something"], "`npx --no agent-runner help`."],
])("%j is a usage error that says: %s", async (args, hint) => {
  const { code, stdout, stderr } = await run(args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(hint);
});

test("with --json the help and the version are one JSON document", async () => {
  const help = JSON.parse((await run(["stop", "--help", "--json"])).stdout);
  expect(help).toEqual({ help: (await run(["stop", "--help"])).stdout });
  expect(JSON.parse((await run(["--version", "--json"])).stdout)).toEqual({ version: "1.2.3" });
});

test("a command is found by its names, from the program down", () => {
  expect(findCommand(program!, ["tasks", "done"]).name()).toBe("done");
});
