/*
 * Which user of this machine has the other end of a connection. Linux lists every TCP socket with its owner in
 * /proc/net; other systems do not say it. A list costs some milliseconds on a thread of its own, so connections that
 * come while one is read share the next one. The list has no owner of a socket that its program has closed.
 */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Socket } from "node:net";
import os from "node:os";

/** The two ends of a connection, as Node names them. */
export type Ends = Pick<Socket, "localAddress" | "localPort" | "remoteAddress" | "remotePort">;

/** The uid at the other end of a connection; gone: no program has that end any more; undefined: unknown. */
export type Owner = number | "gone" | undefined;

export interface SocketOwners {
  find(ends: Ends): Promise<Owner>;
  /** Answers all that are asked for now, while everything else waits. */
  settleNow(): void;
}

interface Wanted {
  /** The columns of both addresses as the lists have them. */
  keys: readonly string[];
  /** The end of a line's column of its own address, which every socket of the daemon's port has. */
  port: string;
  settle(owner: Owner): void;
}

/** Those whose lines are looked for, by their keys. */
type Missing = Map<string, Wanted>;

const LISTS = ["/proc/net/tcp", "/proc/net/tcp6"];
// A page of the kernel at a time is all that one read gives.
const CHUNK_BYTES = 64 * 1024;
// About 100,000 sockets. Beyond that the owner counts as unknown.
const LONGEST_BYTES = 16 * 1024 * 1024;
const PATIENCE_MS = 1_000;

/** @param patienceMs after so long the owner counts as unknown */
export function openSocketOwners(
  lists: readonly string[] = LISTS,
  patienceMs = PATIENCE_MS,
): SocketOwners {
  let waiting: Wanted[] = [];
  let searched: Missing = new Map();
  let isReading = false;
  const unmapped = findUnmappedUid();

  async function read(): Promise<void> {
    isReading = true;
    while (waiting.length > 0) {
      searched = toMissing(waiting);
      waiting = [];
      await settleAll(searched, lists, patienceMs);
    }
    isReading = false;
  }

  return {
    find: async (ends) => {
      const keys = keysOf(ends);
      if (keys.length === 0) return undefined;
      const port = `:${toPort(ends.localPort ?? 0)}`;
      const owner = await new Promise<Owner>((settle) => {
        waiting.push({ keys, port, settle });
        if (!isReading) void read();
      });
      return owner === unmapped ? undefined : owner;
    },
    settleNow() {
      const missing = new Map([...searched, ...toMissing(waiting)]);
      waiting = [];
      searched.clear();
      const search = startSearch(missing);
      for (const list of lists) readNow(list, search);
      search.end();
    },
  };
}

function toMissing(wanted: readonly Wanted[]): Missing {
  return new Map(wanted.flatMap((one) => one.keys.map((key) => [key, one] as const)));
}

/** Settles everyone: those that no list names, or none in time, as gone or unknown. */
async function settleAll(
  missing: Missing,
  lists: readonly string[],
  patienceMs: number,
): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, patienceMs);
  const search = startSearch(missing);
  // Whatever holds up the reading must not hold up who comes later.
  await Promise.race([readLists(lists, search), late.promise]);
  clearTimeout(timer);
  search.end();
}

interface Search {
  isOver(): boolean;
  /** A list is read from its first line. */
  begin(): void;
  /** Settles those whose lines are in the next bytes of a list. */
  take(bytes: Buffer): void;
  /** The list was read to its end. */
  finish(): void;
  /** Settles the rest. */
  end(): void;
}

/** Looks for the lines of the missing, and takes out those that it settles. */
function startSearch(missing: Missing): Search {
  // The ends of the columns of all own addresses.
  const ports = new Set<string>();
  let unfinished = 0;
  let rest = "";
  return {
    isOver: () => missing.size === 0,
    begin() {
      rest = "";
      unfinished += 1;
    },
    take(bytes) {
      const lines = (rest + bytes.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) settleLine(line, missing, ports);
    },
    finish() {
      unfinished -= 1;
    },
    end() {
      // Whole lists that have the daemon's own socket have every other end that is still open.
      const isGone = (port: string): boolean => unfinished === 0 && ports.has(port);
      for (const { port, settle } of missing.values()) settle(isGone(port) ? "gone" : undefined);
      missing.clear();
    },
  };
}

/** Ends as soon as no one is missing. */
async function readLists(lists: readonly string[], search: Search): Promise<void> {
  for (const list of lists) {
    if (!search.isOver()) await readList(list, search);
  }
}

async function readList(list: string, search: Search): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(list);
    search.begin();
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let total = 0; total < LONGEST_BYTES && !search.isOver();) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return search.finish();
      total += bytesRead;
      search.take(chunk.subarray(0, bytesRead));
    }
  } catch {
    // No such list, or not for this process: unknown.
  } finally {
    await handle?.close();
  }
}

/** The same, while everything else waits. */
function readNow(list: string, search: Search): void {
  if (search.isOver()) return;
  let handle: number | undefined;
  try {
    handle = openSync(list, "r");
    search.begin();
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let total = 0; total < LONGEST_BYTES && !search.isOver();) {
      const bytesRead = readSync(handle, chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return search.finish();
      total += bytesRead;
      search.take(chunk.subarray(0, bytesRead));
    }
  } catch {
    // As above.
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

// Columns of proc_net_tcp(5): `sl: local remote st tx:rx tr:when retrnsmt uid timeout inode …`. The port ends the
// column of the own address.
function settleLine(line: string, missing: Missing, ports: Set<string>): void {
  const start = line.indexOf(": ") + 2;
  const middle = line.indexOf(" ", start);
  const end = line.indexOf(" ", middle + 1);
  ports.add(line.slice(middle - 5, middle));
  const wanted = missing.get(line.slice(start, end));
  if (wanted === undefined) return;
  const [, , , , uid, , inode] = line.slice(end).trim().split(/\s+/u);
  // Once its program has closed a socket, the socket has no inode, and the line says root whoever had it.
  if (uid === undefined || inode === undefined || Number(inode) === 0) return;
  for (const key of wanted.keys) missing.delete(key);
  wanted.settle(Number(uid));
}

/** How the lists write the other end's socket; empty: they cannot have it. */
function keysOf({ remoteAddress, remotePort, localAddress, localPort }: Ends): string[] {
  if (remotePort === undefined || localPort === undefined) return [];
  const [theirs, ours] = [toHex(remoteAddress), toHex(localAddress)];
  if (theirs === undefined || ours === undefined) return [];
  const key = (prefix: string): string =>
    `${prefix}${theirs}:${toPort(remotePort)} ${prefix}${ours}:${toPort(localPort)}`;
  // A socket for IPv6 may reach an IPv4 address too, and is then in the other list.
  return theirs.length === 8 ? [key(""), key(MAPPED)] : [key("")];
}

function toPort(number: number): string {
  return number.toString(16).toUpperCase().padStart(4, "0");
}

// The kernel prints addresses as numbers of 32 bits in its own order of bytes.
const isLittle = os.endianness() === "LE";
const word = (bytes: readonly number[]): string =>
  Buffer.from(isLittle ? bytes.toReversed() : bytes)
    .toString("hex")
    .toUpperCase();
const ZERO = word([0, 0, 0, 0]);
const MAPPED = ZERO + ZERO + word([0, 0, 255, 255]);
const LOOPBACK_6 = ZERO + ZERO + ZERO + word([0, 0, 0, 1]);

/** A loopback address in the lists' way of writing; undefined: it is another one. */
function toHex(address: string | undefined): string | undefined {
  if (address === "::1") return LOOPBACK_6;
  const four = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/u.exec(address ?? "");
  return four === null ? undefined : word(four.slice(1).map(Number));
}

const ALL_USERS = 4_294_967_295;

/** The uid for all users that this process's namespace (a container) does not know; undefined: it knows all. */
function findUnmappedUid(): number | undefined {
  try {
    const lines = readFileSync("/proc/self/uid_map", "utf8").trim().split("\n");
    const known = lines.reduce((sum, line) => sum + Number(line.trim().split(/\s+/u)[2]), 0);
    if (known >= ALL_USERS) return undefined;
    return Number(readFileSync("/proc/sys/kernel/overflowuid", "utf8"));
  } catch {
    return undefined;
  }
}
