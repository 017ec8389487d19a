import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readSecrets } from "../../daemon/config/secrets.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { findUnsafe } from "../../daemon/core/safe-home.ts";
import { allowReading, shellCommand } from "../../daemon/core/shell-command.ts";
import { examineHome } from "../../daemon/doctor/home.ts";
import { runInProcess } from "../cli/run-in-process.ts";
import { testFolder } from "../helper/folder.ts";
import { listSources, type Node, readSource, walk } from "../helper/source.ts";

const NAMES = [
  "plain",
  "two words",
  "Minutes'; touch OWNED; echo '",
  "x\\'; touch OWNED; '",
  "x\\\\'; touch OWNED; echo \\",
  '"; touch OWNED; "',
  "$(touch OWNED) `touch OWNED` ${HOME} $HOME",
  "a\ntouch OWNED\nb",
  "a'\ntouch OWNED\n'",
  "ends in a line break\n",
  "\u001b[2Jescape\u0007\r",
  "turned \u202egpj.\u202c zero\u200bwidth \u00a0 \u3000",
  "-rf",
  "--help",
  "-",
  "~",
  "*",
  "{a,b}",
  "!!",
  "#x",
  "a=b",
  "; touch OWNED",
  "& touch OWNED &",
  "> OWNED",
  "‘; touch OWNED; ’",
  "日本 é 😀 👩‍👩‍👧",
];
const SHELLS = ["sh", "bash", "dash", "zsh", "fish"];
// These know no way to write a control character that the others know, too. They run nothing, or find no such file.
const NO_ESCAPES = ["sh", "dash", "fish"];
const HAS_ESCAPE = /[`\p{C}\p{DI}]|(?! )\p{Z}/u;

const isThere = (shell: string): boolean =>
  process.env["CI"] === "true" || spawnSync(shell, ["-c", "true"]).status === 0;

/** Runs a command in a shell, and gives what the program `show` got as its arguments, and which files appeared. */
function run(shell: string, command: string): { args: string[]; files: string[] } {
  using folder = testFolder({ "bin/show": '#!/bin/sh\nprintf "%s\\0" "$@"\n', "cwd/.keep": "" });
  chmodSync(folder.file("bin/show"), 0o755);
  const { stdout } = spawnSync(shell, ["-c", command], {
    cwd: folder.file("cwd"),
    env: { PATH: `${folder.file("bin")}:/usr/bin:/bin`, HOME: folder.path },
    encoding: "utf8",
  });
  return { args: stdout.split("\0").slice(0, -1), files: readdirSync(folder.file("cwd")) };
}

for (const shell of SHELLS) {
  const expectQuoted = (name: string): void => {
    const { args, files } = run(shell, shellCommand("show", "first", name));
    const expected = [...(name.startsWith("-") ? ["--"] : []), "first", name];
    const mayMiss = NO_ESCAPES.includes(shell) && HAS_ESCAPE.test(name);
    if (!mayMiss) expect(args).toEqual(expected);
    else expect([0, expected.length]).toContain(args.length);
    expect(files).toEqual([".keep"]);
  };
  test.skipIf(!isThere(shell))(
    `${shell} takes a foreign text for that text and runs none of it`,
    () => {
      for (const name of NAMES) expectQuoted(name);
      const mark = fc.constantFrom(
        ..."' \" \\ $ ` ; & | < > ( ) { } * ~ ! - # = a \u202e é".split(" "),
        " ",
        "\n",
        "\t",
      );
      fc.assert(
        fc.property(fc.array(mark, { minLength: 1, maxLength: 12 }), (marks) =>
          expectQuoted(marks.join("")),
        ),
        { numRuns: 50 },
      );
    },
  );
}

test("no command has a mark in it that a message ends a command with, or that a terminal hides", () => {
  for (const name of NAMES) expect(shellCommand("show", name)).not.toMatch(HAS_ESCAPE);
});

test.skipIf(process.platform === "win32" || !isThere("bash"))(
  "the command of each hint does what it says for a hostile name, and nothing else",
  // It starts some hundred shells.
  { timeout: 400_000 },
  async () => {
    for (const name of NAMES) {
      using folder = testFolder({ "cwd/.keep": "" });
      const home = folder.file(path.join("a", name, "home"));
      mkdirSync(home, { recursive: true });
      const inShell = (hint: string | null | undefined): void => {
        const [, command = "false"] = /`([^`]*)`/u.exec(hint ?? "") ?? [];
        spawnSync("bash", ["-c", command], { cwd: folder.file("cwd") });
      };
      const modeOf = (place: string): number => statSync(place).mode & 0o777;

      const file = folder.write(path.join("a", name, "home/secrets.env"), "KEY=1\n");
      chmodSync(file, 0o644);
      inShell(readSecrets(file).problems[0]?.hint);
      expect(modeOf(file)).toBe(0o600);

      chmodSync(file, 0);
      inShell(allowReading(file));
      expect(modeOf(file)).toBe(0o400);

      chmodSync(home, 0o777);
      const env = { AGENT_RUNNER_HOME: home };
      const paths = resolvePaths({ env, platform: "linux", userHome: home });
      inShell(findUnsafe(paths)?.hint);
      expect(modeOf(home)).toBe(0o755);
      inShell(examineHome(paths).find(({ code }) => code === "permissions_open")?.hint);
      expect(modeOf(home)).toBe(0o700);

      const missing = path.join(path.dirname(home), "missing");
      const asked = ["init", "--directory", missing, "--json"];
      const { stdout } = await runInProcess({ path: folder.file("other") }, asked);
      inShell(JSON.parse(stdout).error.hint);
      // The config would read a variable there, so another path is asked for.
      expect(existsSync(missing)).toBe(!name.includes("${"));

      expect(readdirSync(folder.file("cwd"))).toEqual([".keep"]);
    }
  },
);

/** What else is between backticks: words and numbers of our own, and what is no command. */
const OTHERS: readonly RegExp[] = [
  / CALL$/u,
  / raiseLine\("\w+", /u,
  /doctor\/home\.ts octal$/u,
  /doctor\/process\.ts pid$/u,
  /doctor\/port\.ts port$/u,
  /not-found\.ts KINDS\[kind\]\.command$/u,
  // Documents, a file for Node's `--env-file`, and a value of the config.
  /(?:openapi|reference|template)\.ts /u,
  /doctor\/survey\.ts JSON\.stringify/u,
];
const PROGRAM =
  /(?:^|[\s`])(?:sudo|chmod|chown|mkdir|kill|rm|mv|cp|cat|ls|tail|ollama) [^'"`]*['"]?$/u;

test("a text in a command of a message is quoted, wherever the message is", () => {
  const bare = listSources(["daemon/**/*.{ts,tsx}", "tray/**/*.ts"]).flatMap((file) => {
    const source = readSource(file);
    const found: string[] = [];
    walk(source.program, (node) => {
      if (node.type !== "TemplateLiteral") return;
      const quasis = node["quasis"] as { value: { cooked: string } }[];
      let before = "";
      for (const [index, value] of (node["expressions"] as Node[]).entries()) {
        before += quasis[index]?.value.cooked ?? "";
        const text = source.text.slice(value.start, value.end);
        const isInCommand = before.split("`").length % 2 === 0 || PROGRAM.test(before);
        const isQuoted = /^shellCommand\(|\.map\(shellWord\)/u.test(text);
        const here = `${file} ${text}`;
        if (isInCommand && !isQuoted && !OTHERS.some((other) => other.test(here))) found.push(here);
        before += "x";
      }
    });
    return found;
  });
  expect(bare).toEqual([]);
});
