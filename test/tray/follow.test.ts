import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { isAbort, RunnerError } from "../../daemon/core/errors.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { followDaemon } from "../../tray/follow.ts";
import type { Snapshot } from "../../tray/snapshot.ts";
import { daemonFile } from "../cli/run-in-process.ts";
import { testFolder, type TestFolder } from "../helper/folder.ts";
import { sampleRun } from "../helper/memory-door.ts";
import { type OpenDoor, openDoor } from "../helper/open-door.ts";
import { waitFor } from "../helper/program.ts";

/** Follows the daemon of a home for the time of a test. */
function follow(home: TestFolder) {
  const stopping = new AbortController();
  const snapshots: Snapshot[] = [];
  const following = followDaemon({
    paths: resolvePaths({
      env: { AGENT_RUNNER_HOME: home.path },
      platform: process.platform,
      userHome: home.path,
    }),
    signal: stopping.signal,
    onSnapshot: (snapshot) => snapshots.push(snapshot),
    onEvent() {},
  }).catch((error: unknown) => {
    if (!isAbort(error)) throw error;
  });
  return {
    until: (connection: Snapshot["connection"]) =>
      waitFor(`it is ${connection}`, () => {
        const last = snapshots.at(-1);
        return last?.connection === connection && last;
      }),
    last: () => snapshots.at(-1),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await following;
    },
  };
}

test("a daemon is found when it comes, left when it goes, and found again at another place", async () => {
  using home = testFolder();
  await using following = follow(home);
  expect(await following.until("down")).toMatchObject({ status: null, downSince: null });
  {
    await using door = await openDoor();
    home.write("daemon.json", daemonFile(door));
    expect(await following.until("up")).toMatchObject({
      status: { state: "idle" },
      hasPage: false,
    });
  }
  rmSync(home.file("daemon.json"));
  const down = await following.until("down");
  expect(down).toMatchObject({ status: null, hasPage: false, downSince: expect.any(Number) });
  await using other = await openDoor();
  home.write("daemon.json", daemonFile(other));
  await following.until("up");
});

test("a daemon that answers with a fault is down, with the fault, until it answers well", async () => {
  using home = testFolder();
  await using door = await openDoor();
  const { status } = door.control;
  let isFaulty = false;
  door.control.status = () => {
    if (isFaulty) throw new RunnerError("internal", "boom");
    return status();
  };
  home.write("daemon.json", daemonFile(door));
  isFaulty = true;
  await using following = follow(home);
  expect(await following.until("down")).toMatchObject({ status: null, fault: expect.any(String) });
  isFaulty = false;
  home.write("daemon.json", `${daemonFile(door)}\n`);
  expect(await following.until("up")).toMatchObject({ status: { state: "idle" }, fault: null });
});

test("a daemon of another version, whose answers are not understood, is not taken for one that is gone", async () => {
  using home = testFolder();
  await using door = await openDoor();
  const other = createServer(({ url = "" }, response) => {
    if (!url.startsWith("/api/health")) return void response.end('{"mood":"good"}');
    void fetch(door.url + url).then(async (health) => response.end(await health.text()));
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  home.write("daemon.json", daemonFile({ ...door, url: `http://127.0.0.1:${port}` }));
  await using following = follow(home);
  const { fault } = await following.until("down");
  expect(fault).toContain("/api/");
  other.close();
});

test("what happened just before the events are told is known too", async () => {
  using home = testFolder();
  await using door: OpenDoor = await openDoor({
    events: {
      newest() {
        const finished_at = new Date().toISOString();
        door.runs.unshift({ ...sampleRun("run_late"), status: "success", finished_at });
        return 0;
      },
      read: () => [],
      wait: (_after, signal) => once(signal, "abort").then(() => signal.throwIfAborted()),
    },
  });
  home.write("daemon.json", daemonFile(door));
  await using following = follow(home);
  await waitFor("the run is known", () =>
    following.last()?.recent.some((one) => one.kind === "run" && one.run_id === "run_late"),
  );
});
