import { execFile } from "node:child_process";
import { cpSync, globSync, symlinkSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { fetchPage } from "../helper/request.ts";
import manifest from "../../package.json" with { type: "json" };
import { need } from "../helper/desktop/need.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import type { Ended } from "../helper/program.ts";

// What a person gets: packed from a copy of this tree by the command of CONTRIBUTING.md, and installed elsewhere.

const ROOT = path.resolve(import.meta.dirname, "../..");
const MOST_FILES = 450;
const MINUTES = 60_000;

/** The environment of a person's terminal: nothing of the npm that runs the tests, and no Node of a clone. */
function terminal(): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITEST)/iu.test(name));
  const places = (process.env["PATH"] ?? "").split(path.delimiter);
  const PATH = places.filter((place) => !place.includes("node_modules")).join(path.delimiter);
  const { NODE_EXTRA_CA_CERTS } = process.env;
  return { ...Object.fromEntries(own), PATH, NODE_EXTRA_CA_CERTS, AGENT_RUNNER_HOME: undefined };
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...terminal(), ...env } };
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Packs a tree as a fresh clone has it, without `dist`; gives the package's path. */
async function pack(folder: TestFolder): Promise<string> {
  const clone = folder.file("clone");
  const left = new Set([".git", "node_modules", "dist", "coverage"].map((n) => path.join(ROOT, n)));
  cpSync(ROOT, clone, { recursive: true, filter: (source) => !left.has(source) });
  symlinkSync(path.join(ROOT, "node_modules"), path.join(clone, "node_modules"), "junction");
  const packed = await run("npm", ["run", "pack"], clone);
  expect(packed, packed.stderr).toMatchObject({ code: 0 });
  const [file, ...more] = globSync("*.tgz", { cwd: clone });
  expect([file, more]).toEqual([`agent-runner-${manifest.version}.tgz`, []]);
  return path.join(clone, file ?? "");
}

/** Skips, by name, where the registry cannot be reached; under CI=true it fails instead. */
async function needRegistry(cwd: string, skip: (why: string) => void): Promise<void> {
  const { code, stderr } = await run("npm", ["ping", "--fetch-retries=0"], cwd);
  if (code === 0) return;
  if (process.env["CI"] === "true") throw new Error(stderr);
  skip("needs the npm registry (see CONTRIBUTING.md)");
}

test(
  "a package is packed from a clone, installed elsewhere, and reads a directory there",
  { timeout: 10 * MINUTES },
  async ({ skip }) => {
    need(skip, "npm", "tar");
    using folder = testFolder();
    const file = await pack(folder);
    const { stdout: listed } = await run("tar", ["-tzf", file], folder.path);
    const names = listed.trim().split("\n");
    expect(names.length).toBeLessThanOrEqual(MOST_FILES);
    expect(names.filter((name) => /\.(map|ts|tsx)$/u.test(name))).toEqual([]);
    expect(names).toContain("package/dist/dashboard/index.html");

    const prefix = folder.file("prefix");
    await needRegistry(folder.path, skip);
    const installation = ["install", "--global", "--prefix", prefix, "--prefer-offline", file];
    const installed = await run("npm", installation, folder.path);
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
    const isWindows = process.platform === "win32";
    const place = path.join(prefix, isWindows ? "" : "lib", "node_modules", "agent-runner");
    const program = path.join(prefix, isWindows ? "agent-runner.cmd" : "bin/agent-runner");
    const runtime = pathToFileURL(path.join(place, "daemon/cli/runtime.js")).href;
    const { findBundledNode }: { findBundledNode(): string } = await import(runtime);
    expect(findBundledNode()).toContain(path.join(place, "node_modules"));

    const env = { AGENT_RUNNER_HOME: folder.file("home"), NO_COLOR: "1" };
    const agentRunner = (...args: string[]) => run(program, args, folder.path, env);
    expect(await agentRunner("--version")).toMatchObject({ stdout: `${manifest.version}\n` });
    const { stdout: versions } = await agentRunner("version", "--json");
    expect(JSON.parse(versions)).toMatchObject({ version: manifest.version });

    folder.write("in/weekly.md", "# Weekly\n\n- [ ] Call Bob\n");
    // A format that a process of its own reads.
    folder.write("in/plan.html", "<ul><li>TODO: Water the plants</li></ul>");
    const read = await agentRunner("run", "--directory", folder.file("in"));
    expect(read, read.stderr).toMatchObject({ code: 0 });
    expect(read.stdout).toContain("2 processed");

    const { stderr } = await agentRunner("tasks");
    expect(stderr).toContain("`agent-runner start`");
    folder.write("home/config.yaml", "version: 1\nserver: { port: 0 }\n");
    const started = await agentRunner("start", "--detach");
    expect(started, started.stderr).toMatchObject({ code: 0 });
    try {
      const { stdout: tasks } = await agentRunner("tasks");
      expect(tasks).toContain("Call Bob");
      expect(tasks).toContain("Water the plants");
      expect(await agentRunner("backup")).toMatchObject({ code: 0 });
      const { stdout: opened } = await agentRunner("open", "--print", "--json");
      const { address }: { address: string } = JSON.parse(opened);
      expect(await (await fetchPage(address)).text()).toContain("<script");
    } finally {
      expect(await agentRunner("stop")).toMatchObject({ code: 0 });
    }
  },
);
