import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { ISOLATE_LIMITS } from "../../daemon/preprocess/isolate.ts";
import { spawnConfined } from "../../daemon/preprocess/extractor-process.ts";
import type { Outcomes, Targets } from "../helper/confined-attacks.ts";
import { testFolder } from "../helper/folder.ts";

const ATTACKS = path.join(import.meta.dirname, "../helper/confined-attacks.ts");
const SURFACE = path.join(import.meta.dirname, "../helper/confined-surface.ts");
const ADDON = path.resolve(
  `node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`,
);

/** Lets the attacks loose in a folder of secrets, beside a server and a process of the same user. */
async function attack(
  start: () => ChildProcessWithoutNullStreams,
  without: string[] = [],
): Promise<{
  outcomes: Outcomes;
  /** How many requests reached the server. */
  requests: number;
  /** What is in the folder afterwards. */
  left: string[];
  /** What ended the process beside it; null: nothing. */
  signalled: string | null;
}> {
  using folder = testFolder({
    "secret.txt": "secret",
    "secret.json": "{}",
    "secret.cjs": "",
    "secret.mjs": "",
    "secret.env": "A=1",
    "secret.zip": Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]),
    renamed: "",
    removed: "",
    unlinked: "",
  });
  mkdirSync(folder.file("empty"));
  symlinkSync("secret.txt", folder.file("link"));
  let requests = 0;
  const answer = (_: unknown, response: ServerResponse): void => {
    requests += 1;
    response.end("secret");
  };
  const web = createServer(answer).listen(0, "127.0.0.1");
  const servers = [web, createServer(answer).listen(folder.file("socket"))];
  web.on("upgrade", ({ headers }, stream) => {
    const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    stream.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    requests += 1;
    stream.on("error", () => {}).end();
  });
  await Promise.all(servers.map((server) => once(server, "listening")));
  const beside = spawn("/bin/sh", ["-c", "trap '' USR1; exec sleep 600"]);
  await once(beside, "spawn");
  const child = start();
  try {
    const targets: Targets = {
      folder: folder.path,
      pid: beside.pid ?? 0,
      port: (web.address() as AddressInfo).port,
      socket: folder.file("socket"),
      addon: ADDON,
      without,
    };
    child.stdin.end(`${JSON.stringify(targets)}\n`);
    const [said, fault] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (!said.startsWith("{"))
      throw new Error(`The attacks ended: ${child.exitCode} ${child.signalCode} ${fault}`);
    const left = readdirSync(folder.path).filter((name) => name !== "socket");
    return { outcomes: JSON.parse(said), requests, left, signalled: beside.signalCode };
  } finally {
    child.kill("SIGKILL");
    beside.kill("SIGKILL");
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    for (const each of [beside, child]) {
      if (each.exitCode === null && each.signalCode === null) await once(each, "exit");
    }
  }
}

const LISTED = [
  "empty",
  "link",
  "removed",
  "renamed",
  "unlinked",
  ...["cjs", "env", "json", "mjs", "txt", "zip"].map((ending) => `secret.${ending}`),
].toSorted();

// The permission model says so, or it is not there: a module, a function or the loading of addons.
const REFUSED =
  /^(ERR_ACCESS_DENIED|ERR_UNKNOWN_BUILTIN_MODULE|MODULE_NOT_FOUND|ERR_DLOPEN_DISABLED|TypeError)$/u;

test("code that took over the process of documents reaches no file, network, program or process", async () => {
  const { outcomes, ...after } = await attack(() => spawnConfined(ISOLATE_LIMITS, ATTACKS));
  const granted = Object.entries(outcomes).filter(([, outcome]) => !REFUSED.test(outcome));
  // Node's search for modules asks no permission. SECURITY.md says so.
  expect(granted).toEqual([
    ["whether a path exists", "got"],
    ["whether a module exists", "got"],
  ]);
  expect(Object.keys(outcomes).length).toBeGreaterThan(100);
  expect(after).toEqual({ requests: 0, left: LISTED, signalled: null });
});

test("without these flags each of those attempts succeeds, so none is refused for another reason", async () => {
  const { outcomes, requests } = await attack(
    () => spawn(process.execPath, [ATTACKS], { env: {} }),
    // The first crashes Node 26 in a process that has loaded so much. The second serves programs that embed Node.
    ["writeHeapSnapshot", "process._linkedBinding"],
  );
  expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== "got")).toEqual([]);
  expect(requests).toBeGreaterThan(2);
});

// A function that this list lacks came with a new Node. See what it can reach, add a try to `confined-attacks.ts` if it
// reaches anything, and renew the list with `-u`.
test.skipIf(process.platform !== "linux")(
  "each function that code in that process can find is known",
  async () => {
    const child = spawnConfined(ISOLATE_LIMITS, SURFACE);
    const said = await text(child.stdout);
    expect(said).toContain("\nthe global object: ");
    await expect(said).toMatchFileSnapshot("node-surface.txt");
  },
);
