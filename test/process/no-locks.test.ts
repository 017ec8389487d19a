import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { testHome } from "../helper/program.ts";

/** Makes every lock fail as a network disk without locks does. */
const NO_LOCKS = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>
static int refuse(int fd, int command, void *argument) {
  if (command == F_SETLK || command == F_SETLKW) { errno = ENOLCK; return -1; }
  return syscall(SYS_fcntl, fd, command, argument);
}
int fcntl(int fd, int command, ...) {
  va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list);
  return refuse(fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
  va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list);
  return refuse(fd, command, argument);
}
`;

function hasCompiler(): boolean {
  if (process.env["CI"] === "true") return true;
  try {
    execFileSync("cc", ["--version"], { stdio: "ignore" });
    return process.platform === "linux";
  } catch {
    return false;
  }
}

test.runIf(hasCompiler())(
  "a start in a home without file locks says so, and not that another daemon runs (needs cc)",
  async () => {
    await using home = testHome({ "no-locks.c": NO_LOCKS }, (folder) => ({
      LD_PRELOAD: `${folder}/no-locks.so`,
    }));
    const [source, library] = [home.file("no-locks.c"), home.file("no-locks.so")];
    execFileSync("cc", ["-shared", "-fPIC", "-o", library, source]);
    home.configure("agents: []");
    const { code, stderr } = await home.run("start");
    expect(stderr).toMatch(/has no file locks/u);
    expect(stderr).toMatch(/AGENT_RUNNER_HOME/u);
    expect(stderr).not.toMatch(/Another Agent Runner/u);
    expect(code).toBe(2);
  },
);
