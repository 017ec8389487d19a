import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import os from "node:os";
import { expect, test } from "vitest";
import { testFolder } from "../helper/folder.ts";
import { isRoot, OTHER_USER } from "../helper/other-user.ts";
import { examineHome } from "../../daemon/doctor/home.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { daemonFile, runInProcess } from "./run-in-process.ts";

const HAS_USERS = process.getuid !== undefined;
const { uid: OTHER } = OTHER_USER;

// One of each that reads config, token, journal or log, or writes them.
const COMMANDS = [
  "start",
  "start --detach",
  "status",
  "tasks",
  "tasks add x",
  "run test",
  "config check",
  "agents",
  "models",
  "logs",
  "open --print",
  "stop",
  "backup",
  "export md out",
  "verify",
  "init",
  "search x",
  "api GET /api/status",
  "tray",
  "service status",
];

async function refusal(home: string, command: string): Promise<unknown> {
  const { code, stdout } = await runInProcess({ path: home }, [...command.split(" "), "--json"]);
  return [code, JSON.parse(stdout).error?.code];
}

test.skipIf(!isRoot)("no command uses a home that belongs to another user", async () => {
  using folder = testFolder({ "home/config.yaml": "version: 1\nagents: []\n" });
  const home = folder.file("home");
  chownSync(home, OTHER, OTHER);
  const outcomes: Record<string, unknown> = {};
  for (const command of COMMANDS) outcomes[command] = await refusal(home, command);
  expect(outcomes).toEqual(
    Object.fromEntries(COMMANDS.map((command) => [command, [2, "home_unsafe"]])),
  );
  const { stderr } = await runInProcess({ path: home }, ["status"]);
  expect(stderr).toContain(
    `${home} belongs to another user (uid ${OTHER}), so it is not used as a home.`,
  );
});

test.skipIf(!isRoot)(
  "a file of another user in the home is not used, nor a link of his, wherever it leads",
  async () => {
    const names = [
      "config.yaml",
      "secrets.env",
      "agent-runner.db",
      "daemon.json",
      "logs/agent-runner.log",
      "logs/daemon.err",
    ];
    const outcomes: unknown[] = [];
    for (const name of names) {
      using folder = testFolder({
        [`home/${name}`]: "",
        "linked/logs/.keep": "",
        "mine.txt": "mine",
      });
      chownSync(folder.file(`home/${name}`), OTHER, OTHER);
      outcomes.push(await refusal(folder.file("home"), "status"));
      symlinkSync(folder.file("mine.txt"), folder.file(`linked/${name}`));
      lchownSync(folder.file(`linked/${name}`), OTHER, OTHER);
      outcomes.push(await refusal(folder.file("linked"), "status"));
      expect(readFileSync(folder.file("mine.txt"), "utf8")).toBe("mine");
    }
    expect(outcomes).toEqual(Array.from({ length: names.length * 2 }, () => [2, "home_unsafe"]));
  },
);

test.skipIf(!isRoot)("nothing is sent to where another user's daemon.json leads", async () => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  using folder = testFolder({ "daemon.json": daemonFile({ url, token: "t".repeat(43) }) });
  chownSync(folder.file("daemon.json"), OTHER, OTHER);
  expect(await refusal(folder.path, "tasks")).toEqual([2, "home_unsafe"]);
  server.close();
  expect(requests).toBe(0);
});

test.skipIf(!HAS_USERS)(
  "a home that every user may write to is refused, and doctor says so",
  async () => {
    using folder = testFolder();
    const home = folder.file("home");
    mkdirSync(home);
    chmodSync(home, 0o777);
    expect(await refusal(home, "status")).toEqual([2, "home_unsafe"]);
    const { code, stdout } = await runInProcess({ path: home }, ["doctor", "--json"]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("home_unsafe")]);
    chmodSync(home, 0o700);
    expect(await refusal(home, "status")).toEqual([4, "daemon_not_running"]);
  },
);

test.skipIf(!isRoot)(
  "a home below a directory of another user is refused, one below /tmp is not",
  async () => {
    using folder = testFolder({ "his/home/.keep": "" });
    const home = folder.file("his/home");
    expect(await refusal(home, "status")).toEqual([4, "daemon_not_running"]);
    chownSync(folder.file("his"), OTHER, OTHER);
    expect(await refusal(home, "status")).toEqual([2, "home_unsafe"]);
  },
);

test.skipIf(!isRoot)(
  "a home that a group may write to is used, and taken from the group",
  async () => {
    using folder = testFolder({ "home/config.yaml": "version: 1\n" });
    const home = folder.file("home");
    const [config, { gid }] = [folder.file("home/config.yaml"), os.userInfo()];
    const paths = resolvePaths({
      env: { AGENT_RUNNER_HOME: home },
      platform: "linux",
      userHome: home,
    });
    for (const place of [home, config]) chmodSync(place, 0o775);
    // The user's own group, as Debian makes it with umask 002, may have an access control list beside it.
    chownSync(home, 0, gid);
    chownSync(config, 0, OTHER);
    expect(await refusal(home, "status")).toEqual([4, "daemon_not_running"]);
    expect(statSync(home).mode & 0o777).toBe(0o755);
    expect(statSync(config).mode & 0o777).toBe(0o755);
    expect(examineHome(paths)).not.toContainEqual(expect.objectContaining({ code: "home_unsafe" }));
  },
);
