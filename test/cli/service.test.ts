import { chmodSync, existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { runInProcess } from "./run-in-process.ts";

/** A place where `systemctl` notes what it is asked, and enables and disables by a file. */
function serviceHome(): { folder: TestFolder; asked(): string[]; env: Record<string, string> } {
  const folder = testFolder();
  const script = `#!/bin/sh
echo "$*" >> "$HOME/asked"
[ -e "$HOME/refuse" ] && { echo "Failed to connect to bus: No medium found" >&2; exit 1; }
case "$2" in
  enable) touch "$HOME/enabled" ;;
  disable) rm -f "$HOME/enabled" ;;
  is-enabled) [ -e "$HOME/enabled" ] ;;
esac
`;
  chmodSync(folder.write("bin/systemctl", script), 0o755);
  const log = folder.file("asked");
  return {
    folder,
    asked: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    env: { HOME: folder.path, PATH: `${folder.file("bin")}:/usr/bin:/bin`, XDG_CONFIG_HOME: "" },
  };
}

test("install shows what it does, does it once, and uninstall leaves nothing of it", async ({
  skip,
}) => {
  if (process.platform !== "linux") skip("is about systemd");
  const { folder, asked, env } = serviceHome();
  using _folder = folder;
  const run = (...args: string[]) => runInProcess(folder, ["service", ...args], { env });
  const first = await run("install", "--yes");
  expect(first.code).toBe(0);
  expect(first.stderr).toMatch(/Write .*\.service:\n.*ExecStart=.*launch\.js" "start"/su);
  expect(first.stderr).toContain(
    "Run:\n  systemctl --user daemon-reload\n  systemctl --user enable",
  );
  const changes = (): string[] => asked().filter((one) => !one.includes("is-enabled"));
  const once = changes();
  const again = await run("install", "--yes");
  expect([again.code, again.stderr, changes()]).toEqual([0, "", once]);
  const { stdout } = await run("status", "--json");
  const state = JSON.parse(stdout);
  expect(state).toMatchObject({ manager: "systemd", installed: true, up_to_date: true });
  expect((await run("uninstall")).code).toBe(0);
  expect(state.files.filter((file: string) => existsSync(file))).toEqual([]);
  expect((await run("status")).stdout).toContain("does not start at login");
  expect((await run("uninstall")).code).toBe(0);
});

test("where the system refuses, nothing is left and the reason is told", async ({ skip }) => {
  if (process.platform !== "linux") skip("is about systemd");
  const { folder, env } = serviceHome();
  using _folder = folder;
  folder.write("refuse", "");
  const { code, stderr } = await runInProcess(folder, ["service", "install", "--yes"], { env });
  expect(code).toBe(1);
  expect(stderr).toContain("Failed to connect to bus: No medium found");
  const { stdout } = await runInProcess(folder, ["service", "status", "--json"], { env });
  expect(JSON.parse(stdout)).toMatchObject({ installed: false, up_to_date: false });
});

test("without a terminal and without --yes nothing is done", async ({ skip }) => {
  if (process.platform !== "linux") skip("is about systemd");
  const { folder, asked, env } = serviceHome();
  using _folder = folder;
  const { code, stderr } = await runInProcess(folder, ["service", "install"], { env });
  expect(code).toBe(2);
  expect(stderr).toContain("Add --yes to confirm.");
  expect(asked().filter((one) => !one.includes("is-enabled"))).toEqual([]);
  expect(existsSync(folder.file(".config"))).toBe(false);
});

test("what was written for another place is told, and renewed", async ({ skip }) => {
  if (process.platform !== "linux") skip("is about systemd");
  const { folder, env } = serviceHome();
  using _folder = folder;
  const run = (...args: string[]) => runInProcess(folder, ["service", ...args], { env });
  await run("install", "--yes");
  const { stdout } = await run("status", "--json");
  const [unit = ""] = JSON.parse(stdout).files;
  folder.write(unit.slice(folder.path.length + 1), "[Service]\nExecStart=/gone/node\n");
  expect((await run("status")).stdout).toContain(
    "Renew them with `npx --no agent-runner service install`",
  );
  await run("install", "--yes");
  expect(readFileSync(unit, "utf8")).toContain("launch.js");
});
