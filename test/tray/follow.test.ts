import { rmSync } from "node:fs";
import { createServer, request as sendHttp } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { isAbort } from "../../daemon/core/errors.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { followDaemon } from "../../tray/follow.ts";
import type { Snapshot } from "../../tray/snapshot.ts";
import { daemonFile } from "../cli/run-in-process.ts";
import { testFolder, type TestFolder } from "../helper/folder.ts";
import { openDoor } from "../helper/open-door.ts";
import { addRun } from "../helper/past-work.ts";
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
  home.write("daemon.json", daemonFile(door));
  door.journal.run(sql`ALTER TABLE files RENAME TO lost_files`);
  await using following = follow(home);
  expect(await following.until("down")).toMatchObject({ status: null, fault: expect.any(String) });
  door.journal.run(sql`ALTER TABLE lost_files RENAME TO files`);
  home.write("daemon.json", `${daemonFile(door)}\n`);
  // A look that met the fault is still a problem of its own.
  expect(await following.until("up")).toMatchObject({ status: expect.any(Object), fault: null });
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
  await using door = await openDoor();
  let lateId: string | undefined;
  // Passes everything on to the daemon; when the events are asked for, a run has just ended.
  const between = createServer((request, response) => {
    const { method, url = "", headers } = request;
    if (url === "/api/events") {
      lateId ??= addRun(door.journal, { at: new Date().toISOString() });
    }
    const own = { ...headers, host: new URL(door.url).host };
    sendHttp(door.url + url, { method, headers: own }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    }).end();
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  const { port } = between.address() as AddressInfo;
  home.write("daemon.json", daemonFile({ ...door, url: `http://127.0.0.1:${port}` }));
  await using following = follow(home);
  await waitFor(
    "the run is known",
    () =>
      lateId !== undefined &&
      following.last()?.recent.some((one) => one.kind === "run" && one.run_id === lateId),
  );
  between.closeAllConnections();
  between.close();
});
