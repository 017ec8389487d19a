import { spawnSync } from "node:child_process";
import { beforeEach, describe, expect, test } from "vitest";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { listCommands } from "./command-tree.ts";
import { runInProcess } from "./run-in-process.ts";

let folder: TestFolder;

beforeEach(() => {
  folder = testFolder({ "Notes/a.md": "", "it's mine.md": "" });
  return () => folder[Symbol.dispose]();
});

const readScript = async (shell: string): Promise<string> =>
  (await runInProcess(folder, ["completion", shell])).stdout;
// In CI one that is missing fails its tests.
const isInstalled = (shell: string): boolean =>
  process.env["CI"] === "true" || spawnSync(shell, ["-c", "true"]).status === 0;

/** What a shell offers, line by line. */
function offersOf(shell: string, args: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(shell, args, { cwd: folder.path, encoding: "utf8" });
  expect([stderr, status]).toEqual(["", 0]);
  return stdout.split("\n").filter((line) => line !== "");
}

type Complete = (...words: string[]) => Promise<string[]>;

/** The last word is the one that is typed. */
const SHELLS: Record<string, Complete> = {
  async bash(...words) {
    const typed = words.map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(agent-runner ${typed}); COMP_CWORD=${words.length}; _agent_runner; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return offersOf("bash", ["--norc", "-c", `${await readScript("bash")}\n${ask}`]);
  },
  async zsh(...words) {
    const typed = words.map((word) => `'${word}'`).join(" ");
    // The functions of its completion system, which works on a terminal alone.
    const system = `compdef() { : }; _files() { print -l *(N) }
      _describe() { print -lr -- \${\${(P)@[-1]}%%:*} }
      compadd() { shift; print -l -- "$@" }`;
    const ask = `words=(agent-runner ${typed}); CURRENT=${words.length + 1}; _agent_runner`;
    const offers = offersOf("zsh", ["-f", "-c", `${system}\n${await readScript("zsh")}\n${ask}`]);
    return offers.filter((offer) => offer.startsWith(words.at(-1) ?? ""));
  },
  async fish(...words) {
    const typed = ["agent-runner", ...words].join(" ");
    const ask = `complete -C '${typed}'`;
    const offers = offersOf("fish", ["--no-config", "-c", `${await readScript("fish")}\n${ask}`]);
    return offers.map((offer) => offer.split("\t")[0] ?? "");
  },
};

for (const [shell, complete] of Object.entries(SHELLS)) {
  describe.skipIf(!isInstalled(shell))(`in ${shell}`, () => {
    test("every command is offered, and what begins as it is typed", async () => {
      const names = listCommands().flatMap(({ name }) => (/^\S+$/u.test(name) ? [name] : []));
      expect(await complete("")).toEqual(expect.arrayContaining(names));
      expect(await complete("pro")).toEqual(["projects"]);
    });

    test("below a command its own commands and options are offered, and --json", async () => {
      expect(await complete("tasks", "")).toEqual(expect.arrayContaining(["add", "edit", "done"]));
      expect(await complete("tasks", "edit", "--st")).toEqual(["--status"]);
      expect(await complete("verify", "--j")).toEqual(["--json"]);
      expect(await complete("tasks", "add", "done", "--du")).toEqual(["--due"]);
    });

    test("an option's words are offered after it, and nothing where any text may come", async () => {
      expect((await complete("files", "--state", "")).toSorted()).toEqual([
        "done",
        "failed",
        "gone",
        "pending",
        "skipped",
        "working",
      ]);
      expect(await complete("files", "--state", "fa")).toEqual(["failed"]);
      expect(await complete("pause", "--for", "1")).toEqual([]);
    });

    test("words of an argument are offered, and files where it is a path", async () => {
      expect(await complete("export", "ic")).toEqual(["ics"]);
      expect(
        (await complete("run", "--directory", "No")).map((offer) => offer.replace(/\/$/u, "")),
      ).toEqual(["Notes"]);
      expect(await complete("help", "ver")).toEqual(["verify", "version"]);
    });
  });
}

test.each(["bash", "zsh", "fish"])(
  "the script for %s names every command, and is given with --json too",
  async (shell) => {
    const script = await readScript(shell);
    for (const { name } of listCommands()) expect(script).toContain(`/${name.replace(" ", "/")}`);
    const { stdout } = await runInProcess(folder, ["completion", shell, "--json"]);
    expect(JSON.parse(stdout)).toEqual({ shell, script });
  },
);

test("a shell that is not known is a usage error that names those that are", async () => {
  const { code, stderr } = await runInProcess(folder, ["completion", "tcsh"]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("allowed choices are bash, zsh, fish."),
  ]);
});
