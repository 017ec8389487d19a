import { cpSync, mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import { type Demand, examineLimits, judgeLimits } from "../../daemon/doctor/limits.ts";
import { surveyDirectories } from "../../daemon/doctor/survey.ts";
import { findMount, isRemote, parseMounts, readMounts } from "../../daemon/doctor/mounts.ts";
import { agentSchema, modelSchema } from "../../daemon/protocol/agent.ts";
import { doctorFolder, pathsOf, PROC } from "./examine.ts";

const isLinux = process.platform === "linux";
const enough: Demand = {
  watches: { limit: 8_192, needed: 100, taken: 50 },
  instances: { limit: 128, taken: 3 },
  open_files: 4_096,
};

test("limits that leave room are told with what is free", () => {
  expect(judgeLimits(enough)).toEqual([
    expect.objectContaining({
      level: "ok",
      message: "100 directories to watch; 8142 watches are free.",
    }),
  ]);
});

test("too few watches are told with the exact line that raises them, to twice what is wanted", () => {
  const found = judgeLimits({ ...enough, watches: { limit: 8_192, needed: 400_000, taken: 50 } });
  expect(found).toEqual([
    expect.objectContaining({
      code: "watch_limit",
      message: expect.stringContaining("fs.inotify.max_user_watches is 8192"),
      hint: "Run `echo fs.inotify.max_user_watches=800100 | sudo tee /etc/sysctl.d/60-agent-runner.conf && sudo sysctl --system`.",
    }),
  ]);
});

test("a limit that is passed by a little is raised to what is ample", () => {
  const [found] = judgeLimits({ ...enough, watches: { limit: 120, needed: 100, taken: 50 } });
  expect(found?.hint).toContain("max_user_watches=524288 ");
});

test("too few instances and too few open files are told apart", () => {
  const found = judgeLimits({ ...enough, instances: { limit: 128, taken: 128 }, open_files: 80 });
  expect(found.map(({ code, hint }) => [code, hint?.split(" | ")[0]])).toEqual([
    ["watch_limit", "Run `echo fs.inotify.max_user_instances=1024"],
    ["open_files_limit", expect.stringContaining("ulimit -n 1024")],
  ]);
});

test("the directories to watch are counted, and what others watch is taken from the rest", () => {
  using folder = doctorFolder();
  for (const name of ["a/b/c", "d", "node_modules/x", ".git/y"]) {
    mkdirSync(folder.file(`in/${name}`), { recursive: true });
  }
  const directories = [{ path: folder.file("in"), max_depth: 2 }];
  const agent = {
    ...agentSchema.parse({ id: "a", directories }),
    name: "a",
    model: modelSchema.parse({}),
  };
  cpSync(PROC, folder.file("proc"), { recursive: true });
  const watch = (pid: number, count: number): void => {
    folder.write(`proc/${pid}/fdinfo/3`, "pos:\t0\nflags:\t02000000\n");
    folder.write(`proc/${pid}/fdinfo/4`, `pos:\t0\n${"inotify wd:1 ino:2 sdev:3\n".repeat(count)}`);
  };
  const survey = surveyDirectories([agent], pathsOf(folder));
  const said = (daemonPid?: number) =>
    examineLimits(survey, { proc: folder.file("proc"), daemonPid }).map(({ message }) => message);
  // in, a, a/b and d: c is too deep, and the others are never read.
  expect(said()).toEqual(["4 directories to watch; 8192 watches are free."]);
  watch(10, 3);
  watch(11, 5);
  expect(said()).toEqual(["4 directories to watch; 8184 watches are free."]);
  // What the daemon watches is what it needs.
  expect(said(11)).toEqual(["4 directories to watch; 8189 watches are free."]);
});

test("a path is on the deepest mount above it, and of two in one place on the last", () => {
  const mounts = parseMounts(
    [
      "/dev/sda1 / ext4 rw 0 0",
      "server:/export /mnt/team\\040files nfs4 rw 0 0",
      "/dev/sdb1 /mnt/team\\040files/local ext4 rw 0 0",
      "tmpfs /tmp tmpfs rw 0 0",
      "//server/share /tmp cifs rw 0 0",
      "",
    ].join("\n"),
  );
  const typeAt = (path: string): string | undefined => findMount(mounts, path)?.type;
  expect(typeAt("/home/me")).toBe("ext4");
  expect(typeAt("/mnt/team files/plan.md")).toBe("nfs4");
  expect(typeAt("/mnt/team files/local/x")).toBe("ext4");
  expect(typeAt("/mnt/team files2")).toBe("ext4");
  expect(typeAt("/tmp/x")).toBe("cifs");
  expect(mounts.filter(isRemote).map(({ type }) => type)).toEqual(["nfs4", "cifs"]);
});

test.skipIf(!isLinux)("the mounts of this machine are read", () => {
  expect(findMount(readMounts(), "/proc/self")?.type).toBe("proc");
});
