import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, unwatchFile, watch, watchFile } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { testFolder } from "./folder.ts";
import { startWatch } from "./leftovers.ts";
import { waitFor } from "./program.ts";

const HERE = "test/helper/leftovers.test.ts";

/** Opens something that is left open; gives what closes it. */
type Open = (folder: string) => (() => unknown) | Promise<() => unknown>;

const listen = async (): Promise<Server> => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await waitFor("it listens", () => server.listening);
  return server;
};

test.each<[what: string, line: string, open: Open]>([
  [
    "a timer",
    `timer, from .*${HERE}`,
    () => {
      const timer = setTimeout(() => {}, 60_000);
      return () => clearTimeout(timer);
    },
  ],
  [
    "a watcher",
    `watcher, from .*${HERE}`,
    (folder) => {
      const watcher = watch(folder);
      return () => watcher.close();
    },
  ],
  [
    "a watcher that polls",
    `watcher, from .*${HERE}`,
    (folder) => {
      watchFile(folder, () => {});
      return () => unwatchFile(folder);
    },
  ],
  [
    "a child process",
    `child process, from .*${HERE}`,
    () => {
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
        stdio: "ignore",
      });
      return () => child.kill("SIGKILL");
    },
  ],
  [
    "a server",
    "server, from Node.js",
    async () => {
      const server = await listen();
      return () => server.close();
    },
  ],
  [
    "a connection",
    `socket, from .*${HERE}`,
    async () => {
      const server = await listen();
      const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
      await waitFor("it is connected", () => socket.readyState === "open");
      return () => {
        socket.destroy();
        server.close();
      };
    },
  ],
  [
    "a worker thread",
    `worker thread, from .*${HERE}`,
    () => {
      const worker = new Worker("setInterval(() => {}, 1000)", { eval: true });
      return () => worker.terminate();
    },
  ],
  [
    "an environment that is not put back",
    "A_LEFTOVER=1 in the environment",
    () => {
      process.env["A_LEFTOVER"] = "1";
      return () => delete process.env["A_LEFTOVER"];
    },
  ],
  [
    "a listener of the process",
    '[1-9] listeners for "SIGHUP" of the process',
    () => {
      const listener = (): void => {};
      process.on("SIGHUP", listener);
      return () => process.off("SIGHUP", listener);
    },
  ],
  [
    "an exit code",
    "exit code 7",
    () => {
      const before = process.exitCode;
      process.exitCode = 7;
      return () => (process.exitCode = before);
    },
  ],
  [
    "a temporary folder",
    "temporary file .*/a-leftover-",
    () => {
      const left = mkdtempSync(path.join(os.tmpdir(), "a-leftover-"));
      return () => rmSync(left, { recursive: true });
    },
  ],
])("%s is found and named, and gone when it is closed", async (_what, line, open) => {
  using folder = testFolder();
  const watching = startWatch();
  expect(await watching.findLeftovers()).toEqual([]);
  const close = await open(folder.path);
  expect(await watching.findLeftovers(100)).toContainEqual(expect.stringMatching(line));
  await close();
  expect(await watching.findLeftovers()).toEqual([]);
});

test.runIf(process.platform === "linux").each<[what: string, open: (file: string) => () => void]>([
  [
    "a database",
    (file) => {
      const database = new Database(file);
      return () => database.close();
    },
  ],
  [
    "a file",
    (file) => {
      const descriptor = openSync(file, "w");
      return () => closeSync(descriptor);
    },
  ],
])("%s that is left open is found by its path", async (_what, open) => {
  using folder = testFolder();
  const file = folder.file("left.db");
  const watching = startWatch();
  const close = open(file);
  expect(await watching.findLeftovers(100)).toContain(`open file ${file}`);
  close();
  expect(await watching.findLeftovers()).toEqual([]);
});

test("what was there before is no leftover", async () => {
  const timer = setTimeout(() => {}, 60_000);
  const watching = startWatch();
  expect(await watching.findLeftovers()).toEqual([]);
  clearTimeout(timer);
});

test("each leftover is reported with the test that left it", async () => {
  const watching = startWatch();
  watching.enter("the first");
  const timer = setTimeout(() => {}, 60_000);
  watching.leave();
  watching.enter("the second");
  using folder = testFolder();
  watching.leave();
  watching.enter("the third");
  watching.leave();
  expect(await watching.findLeftovers(100)).toEqual([
    expect.stringMatching(`^timer, from ${HERE}:\\d+:\\d+, by the test "the first"$`),
    `temporary file ${folder.path}, by the test "the second"`,
  ]);
  clearTimeout(timer);
});
