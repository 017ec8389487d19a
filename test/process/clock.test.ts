import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { testHome, waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer, status } from "../helper/scripted-server.ts";

/** Adds to the wall clock as many seconds as a file says, and leaves every other clock as it is. */
const SHIFTED_CLOCK = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile long *shift;
__attribute__((constructor)) static void begin(void) {
  int file = open(getenv("CLOCK_SHIFT"), O_RDONLY);
  void *page = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) shift = page;
  close(file);
}
int clock_gettime(clockid_t id, struct timespec *at) {
  int failed = syscall(SYS_clock_gettime, id, at);
  if (!failed && shift && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += *shift;
  return failed;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}
`;

const FIVE_YEARS_S = 5 * 365 * 86_400;

function hasCompiler(): boolean {
  if (process.env["CI"] === "true") return true;
  try {
    execFileSync("cc", ["--version"], { stdio: "ignore" });
    return process.platform === "linux";
  } catch {
    return false;
  }
}

function setClock(file: string, seconds: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  // In place, because the daemon has it mapped.
  writeFileSync(file, bytes, { flag: "r+" });
}

test.runIf(hasCompiler())(
  "a real daemon whose clock was years ahead and is set right goes on at once (needs cc)",
  async () => {
    await using home = testHome(
      { "in/a.md": "# A\n\n- [ ] Do a\n", "clock.c": SHIFTED_CLOCK, shift: "01234567" },
      (folder) => ({ LD_PRELOAD: `${folder}/clock.so`, CLOCK_SHIFT: `${folder}/shift` }),
    );
    execFileSync("cc", ["-shared", "-fPIC", "-o", home.file("clock.so"), home.file("clock.c")]);
    setClock(home.file("shift"), FIVE_YEARS_S);
    let isUp = false;
    await using server = await startScriptedServer((request) =>
      isUp ? answerDocument(request) : status(401, { error: { message: "no" } }),
    );
    home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]
`);
    home.start();
    const client = await home.connect();
    const findFile = async () => (await client.files()).items[0];
    const thisYear = new Date().getFullYear();
    await waitFor("the file is put off by years", async () => {
      const at = (await findFile())?.next_attempt_at ?? "";
      return Number(at.slice(0, 4)) >= thisYear + 4;
    });
    isUp = true;
    setClock(home.file("shift"), 0);
    await waitFor("the file is done", async () => (await findFile())?.state === "done");
    await waitFor("nothing is left to do", async () => (await client.status()).state === "idle");
    expect((await client.entities("task")).items).toMatchObject([{ title: "Do a" }]);
  },
);
