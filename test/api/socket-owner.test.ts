import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import os from "node:os";
import { beforeEach, expect, test } from "vitest";
import { type Owner, openSocketOwners } from "../../daemon/api/socket-owner.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";

let folder: TestFolder;

beforeEach(() => {
  folder = testFolder();
  return () => folder[Symbol.dispose]();
});

const ENDS = {
  remoteAddress: "127.0.0.1",
  remotePort: 40_000,
  localAddress: "127.0.0.1",
  localPort: 4770,
};
const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid";

// Ended connections, and those that their program has closed.
const ORPHAN = new Set(["06", "01 closed", "04 closed", "05 closed"]);

/** A line as Linux writes it. */
function line(local: string, remote: string, uid: number, state = "01", at = 0): string {
  const inode = ORPHAN.has(state) ? 0 : 12_345;
  return `${String(at).padStart(4)}: ${local} ${remote} ${state.slice(0, 2)} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000000000000000 20 4 30 10 -1`;
}

function list(name: string, ...lines: string[]): string {
  return folder.write(name, `${[HEAD, ...lines].join("\n")}\n`);
}

const find = (lists: string[], ends = ENDS): Promise<Owner> => openSocketOwners(lists).find(ends);

const THEIRS = "0100007F:9C40";
const OURS = "0100007F:12A2";

test.skipIf(os.endianness() !== "LE")(
  "the other end's line names the user, ours does not",
  async () => {
    const tcp = list("tcp", line(OURS, THEIRS, 1000), line(THEIRS, OURS, 1001));
    expect(await find([tcp])).toBe(1001);
  },
);

test.skipIf(os.endianness() !== "LE")(
  "a client that reaches IPv4 by an IPv6 socket is found, and one on ::1",
  async () => {
    const mapped = "0000000000000000FFFF00000100007F";
    const one = "00000000000000000000000001000000";
    const tcp6 = list(
      "tcp6",
      line(`${mapped}:9C40`, `${mapped}:12A2`, 1002),
      line(`${one}:9C40`, `${one}:12A2`, 1003),
    );
    const tcp = list("tcp");
    expect(await find([tcp, tcp6])).toBe(1002);
    const ends = { ...ENDS, remoteAddress: "::ffff:127.0.0.1", localAddress: "::ffff:127.0.0.1" };
    expect(await find([tcp, tcp6], ends)).toBe(1002);
    const six = { ...ENDS, remoteAddress: "::1", localAddress: "::1" };
    expect(await find([tcp, tcp6], six)).toBe(1003);
  },
);

test("unknown is who is in no list, in a list that is absent or unreadable, or only as an ended connection", async () => {
  const tcp = list("tcp", line(THEIRS, OURS, 0, "06"), "", "no line", line("x", "y", 1));
  expect(await find([tcp])).toBeUndefined();
  expect(await find([])).toBeUndefined();
  expect(await find([folder.file("absent"), folder.path, "/dev/null"])).toBeUndefined();
  expect(await find([tcp], { ...ENDS, remoteAddress: "192.168.1.2" })).toBeUndefined();
});

test.skipIf(os.endianness() !== "LE").each([
  ["in no line", []],
  ["an ended connection", [line(THEIRS, OURS, 0, "06")]],
  ["a socket that its program has closed", [line(THEIRS, OURS, 0, "01 closed")]],
  ["such a socket that still waits", [line(THEIRS, OURS, 0, "04 closed")]],
  ["such a socket that was answered", [line(THEIRS, OURS, 0, "05 closed")]],
])("gone is who is %s, in lists that have the daemon's socket", async (_name, lines) => {
  const daemon = line("0100007F:12A2", "00000000:0000", 1000, "0A");
  const [tcp, tcp6] = [list("tcp", daemon, ...lines), list("tcp6")];
  expect(await find([tcp, tcp6])).toBe("gone");
  // What cannot be read may have it.
  expect(await find([tcp, folder.path])).toBeUndefined();
});

test.skipIf(os.endianness() !== "LE")(
  "a client that has sent all and waits for the answer is found",
  async () => {
    expect(await find([list("tcp", line(THEIRS, OURS, 1001, "05"))])).toBe(1001);
  },
);

test.skipIf(os.endianness() !== "LE")(
  "everyone who is asked for is found at once on demand",
  async () => {
    const tcp = list("tcp", line(THEIRS, OURS, 1001), line("0100007F:9C41", OURS, 1002));
    const owners = openSocketOwners([tcp]);
    const both = [40_000, 40_001].map((remotePort) => owners.find({ ...ENDS, remotePort }));
    owners.settleNow();
    list("tcp");
    expect(await Promise.all(both)).toEqual([1001, 1002]);
  },
);

test.skipIf(os.endianness() !== "LE")(
  "an ended connection before it in the list hides no user",
  async () => {
    const tcp = list("tcp", line(THEIRS, OURS, 0, "06"), line(THEIRS, OURS, 1004));
    expect(await find([tcp])).toBe(1004);
  },
);

test.skipIf(os.endianness() !== "LE")(
  "among 50,000 sockets the last is found, all of many, and a list without end is not read to it",
  async () => {
    const port = (number: number): string => number.toString(16).toUpperCase().padStart(4, "0");
    const lines = Array.from({ length: 50_000 }, (_, at) =>
      line(`0100007F:${port(at)}`, OURS, at, "01", at),
    );
    const tcp = list("tcp", ...lines);
    const owners = openSocketOwners([tcp], 60_000);
    expect(await owners.find({ ...ENDS, remotePort: 49_999 })).toBe(49_999);
    const ports = Array.from({ length: 500 }, (_, at) => at * 99);
    const found = await Promise.all(
      ports.map((remotePort) => owners.find({ ...ENDS, remotePort })),
    );
    expect(found).toEqual(ports);
    expect(await openSocketOwners(["/dev/zero"], 60_000).find(ENDS)).toBeUndefined();
  },
);

test.skipIf(process.platform === "win32")(
  "a list that never answers holds up no one for good",
  async () => {
    // Opening a pipe waits for its writer.
    const pipe = folder.file("pipe");
    execFileSync("mkfifo", [pipe]);
    const owners = openSocketOwners([pipe]);
    const first = owners.find(ENDS);
    const second = owners.find(ENDS);
    expect(await Promise.all([first, second])).toEqual([undefined, undefined]);
    for (let index = 0; index < 2; index += 1) closeSync(openSync(pipe, "r+"));
  },
);

test.runIf(process.platform === "linux").each(["127.0.0.1", "::1"])(
  "the real lists name this user on %s, and a connection that came meanwhile",
  async (host) => {
    const sockets: Socket[] = [];
    const server = createServer().listen(0, host);
    await once(server, "listening");
    const owners = openSocketOwners();
    const uids: Promise<Owner>[] = [];
    server.on("connection", (socket) => {
      sockets.push(socket);
      uids.push(owners.find(socket));
    });
    const { port } = server.address() as AddressInfo;
    for (let index = 0; index < 20; index += 1) sockets.push(connect(port, host));
    await expect.poll(() => uids.length).toBe(20);
    expect(new Set(await Promise.all(uids))).toEqual(new Set([process.getuid?.()]));
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  },
);
