import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { testFolder } from "../helper/folder.ts";

const CLI = path.resolve(import.meta.dirname, "../../daemon/cli");
// By an address that the compiler does not follow: it is plain JavaScript.
const RUNTIME = pathToFileURL(path.join(CLI, "runtime.js"));

test.each([
  ["18.0.0", false],
  ["24.11.9", false],
  ["24.12.0", true],
  ["26.10.0", true],
])("Node %s runs the daemon: %s", async (version, expected) => {
  const { isSupported }: { isSupported(version: string): boolean } = await import(RUNTIME.href);
  expect(isSupported(version)).toBe(expected);
});

test.skipIf(process.platform === "win32")(
  "a Node that lacks a library of the system ends with 127 and says how to get it",
  () => {
    using folder = testFolder();
    const node = folder.write("node", "#!/bin/sh\nexit 127\n");
    chmodSync(node, 0o755);
    const launcher = folder.write(
      "launcher.mjs",
      `import { runOn } from "${RUNTIME.href}"; runOn(process.argv[2], "program.js", []);`,
    );
    const { status, stderr } = spawnSync(process.execPath, [launcher, node], { encoding: "utf8" });
    expect(status).toBe(127);
    expect(stderr).toContain("apt-get install libatomic1");
  },
);

test("a package that no Node came with says how to install one", async () => {
  using folder = testFolder({ "package.json": '{ "type": "module" }' });
  const copied = folder.file("daemon/cli/runtime.js");
  mkdirSync(path.dirname(copied), { recursive: true });
  copyFileSync(path.join(CLI, "runtime.js"), copied);
  const { explain }: { explain(): string } = await import(pathToFileURL(copied).href);
  expect(explain()).toMatch(/Agent Runner needs Node 24\.12.*\n.*"--include=optional"/u);
});

test("a package without the program says what is missing, and how to pack it", () => {
  using folder = testFolder({ "package.json": '{ "type": "module" }' });
  mkdirSync(folder.file("daemon/cli"), { recursive: true });
  for (const file of ["launch.js", "runtime.js"]) {
    copyFileSync(path.join(CLI, file), folder.file(`daemon/cli/${file}`));
  }
  const launcher = folder.file("daemon/cli/launch.js");
  const { status, stderr } = spawnSync(process.execPath, [launcher], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain(folder.file("dist/daemon/main.js"));
  expect(stderr).toContain("npm run pack");
});

test.skipIf(process.platform === "win32").each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s that the launcher alone is sent reaches the program, whose exit code is the launcher's",
  async (signal) => {
    using folder = testFolder();
    const program = folder.write(
      "program.mjs",
      `process.on("${signal}", () => process.exit(7)); process.stdin.on("end", () => process.exit(1)).resume(); console.log("ready");`,
    );
    const launcher = folder.write(
      "launcher.mjs",
      `import { runOn } from "${RUNTIME.href}"; runOn(process.execPath, process.argv[2], []);`,
    );
    const child = spawn(process.execPath, [launcher, program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // Ends both where the signal did not.
    onTestFinished(() => void child.stdin.end());
    const exit = once(child, "exit");
    await once(child.stdout, "data");
    child.kill(signal);
    expect(await exit).toEqual([7, null]);
  },
);
