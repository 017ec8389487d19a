import { globSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parseConfig } from "../daemon/config/load.ts";
import { listCommands } from "./cli/command-tree.ts";
import { readBlocks } from "./helper/shown-commands.ts";

const root = path.resolve(import.meta.dirname, "..");
const documents = globSync("*.md", { cwd: root });
const FOR_USERS = ["README.md", "MANUAL.md"];

function read(document: string): string {
  return readFileSync(path.join(root, document), "utf8");
}

test("README.md can be read in five minutes: at most 1,200 words", () => {
  expect(read("README.md").split(/\s+/u).filter(Boolean).length).toBeLessThanOrEqual(1_200);
});

test("ARCHITECTURE.md is a map: at most 14 KB", () => {
  expect(statSync(path.join(root, "ARCHITECTURE.md")).size).toBeLessThanOrEqual(14_000);
});

test("the newest section of CHANGELOG.md has at most 60 lines", () => {
  const [newest = ""] = read("CHANGELOG.md").split(/^## /mu).slice(1);
  expect(newest).toMatch(/^\d+\.\d+\.\d+ - /u);
  expect(newest.trim().split("\n").length).toBeLessThanOrEqual(60);
});

test.each(documents)("every link of %s leads to a file and a heading", (document) => {
  const links = [...read(document).matchAll(/\]\(((?!https?:)[^)\s]+)\)/gu)];
  const broken = links
    .map(([, link = ""]) => link)
    .filter((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? document : file;
      const found = globSync(target, { cwd: root });
      return found.length === 0 || (anchor !== undefined && !anchorsOf(read(target)).has(anchor));
    });
  expect(broken).toEqual([]);
});

/** As GitHub makes them of headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gmu)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** The blocks that `test/process/manual.test.ts` runs, those that are checked here, and what shows no command. */
const LANGUAGES = new Set(["console", "yaml"]);

test.each(FOR_USERS)("every block of %s is run or checked", (document) => {
  const others = readBlocks(read(document)).filter(({ language }) => !LANGUAGES.has(language));
  expect(others.map(({ line, language }) => `line ${line}: ${language}`)).toEqual([]);
});

test.each(FOR_USERS)("a console block of %s begins with a command", (document) => {
  const blocks = readBlocks(read(document)).filter(({ language }) => language === "console");
  expect(blocks.length).toBeGreaterThan(3);
  const headless = blocks.filter(({ text }) => !text.startsWith("$ "));
  expect(headless.map(({ line }) => `line ${line}`)).toEqual([]);
});

test.each(FOR_USERS)("the settings that %s shows are valid", (document) => {
  const blocks = readBlocks(read(document)).filter(({ language }) => language === "yaml");
  const env = { OPENAI_API_KEY: "sk-example" };
  for (const { text, line } of blocks) {
    const { problems } = parseConfig(text, { env, userHome: "/home/ada", tools: [] });
    expect(problems, `line ${line}`).toEqual([]);
  }
});

test.each(FOR_USERS)("the commands that %s names exist, with their options", (document) => {
  const [program] = listCommands().map(({ command }) => command);
  const spans = [...read(document).matchAll(/`([a-z][^`\n]*)`/gu)].map(([, span = ""]) => span);
  const unknown: string[] = [];
  let seen = 0;
  for (const span of spans) {
    const words = span.replaceAll(/[[\]]/gu, "").split(/\s+/u);
    const command = program?.commands.find((one) => one.name() === words[0]);
    if (command === undefined) continue;
    seen += 1;
    const sub = command.commands.find((one) => one.name() === words[1]) ?? command;
    const known = ["--json", "--help", ...sub.options.flatMap(({ long, short }) => [long, short])];
    const options = words.filter((word) => /^--?[a-z]/u.test(word));
    if (!options.every((option) => known.includes(option))) unknown.push(span);
  }
  expect(seen).toBeGreaterThan(20);
  expect(unknown).toEqual([]);
});

test("MANUAL.md names every command", () => {
  const text = read("MANUAL.md");
  const names = listCommands()
    .map(({ name }) => name)
    .filter((name) => name !== "");
  expect(names.filter((name) => !text.includes(`\`${name}`))).toEqual([]);
});
