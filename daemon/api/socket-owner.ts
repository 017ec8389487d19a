/*
 * Which user of this machine has the other end of a connection. Linux lists every TCP socket with its owner in
 * /proc/net; other systems do not say it. A list costs some milliseconds on a thread of its own, so connections that
 * come while one is read share the next one.
 */
import { readFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Socket } from "node:net";
import os from "node:os";

/** The two ends of a connection, as Node names them. */
export type Ends = Pick<Socket, "localAddress" | "localPort" | "remoteAddress" | "remotePort">;

export interface SocketOwners {
  /** The uid at the other end; undefined: unknown. */
  find(ends: Ends): Promise<number | undefined>;
}

interface Wanted {
  /** The columns of both addresses as the lists have them. */
  keys: readonly string[];
  settle(uid: number | undefined): void;
}

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
  let isReading = false;
  const unmapped = findUnmappedUid();

  async function read(): Promise<void> {
    isReading = true;
    while (waiting.length > 0) {
      const wanted = waiting;
      waiting = [];
      await settleAll(wanted, lists, patienceMs);
    }
    isReading = false;
  }

  return {
    find: async (ends) => {
      const keys = keysOf(ends);
      if (keys.length === 0) return undefined;
      const uid = await new Promise<number | undefined>((settle) => {
        waiting.push({ keys, settle });
        if (!isReading) void read();
      });
      return uid === unmapped ? undefined : uid;
    },
  };
}

/** Settles everyone: those that no list names, or none in time, as unknown. */
async function settleAll(
  wanted: readonly Wanted[],
  lists: readonly string[],
  patienceMs: number,
): Promise<void> {
  const missing = new Map(wanted.flatMap((one) => one.keys.map((key) => [key, one] as const)));
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, patienceMs);
  // Whatever holds up the reading must not hold up who comes later.
  await Promise.race([readLists(lists, missing), late.promise]);
  clearTimeout(timer);
  for (const { settle } of missing.values()) settle(undefined);
  missing.clear();
}

/** Settles the wanted that it finds, and removes them from `missing`; ends as soon as that is empty. */
async function readLists(lists: readonly string[], missing: Map<string, Wanted>): Promise<void> {
  for (const list of lists) {
    if (missing.size > 0) await readList(list, missing);
  }
}

async function readList(list: string, missing: Map<string, Wanted>): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(list);
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest = "";
    for (let total = 0; total < LONGEST_BYTES && missing.size > 0;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      total += bytesRead;
      const lines = (rest + chunk.toString("latin1", 0, bytesRead)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) settleLine(line, missing);
    }
  } catch {
    // No such list, or not for this process: unknown.
  } finally {
    await handle?.close();
  }
}

// Columns of proc_net_tcp(5): `sl: local remote st tx:rx tr:when retrnsmt uid …`.
const TIME_WAIT = "06";

function settleLine(line: string, missing: Map<string, Wanted>): void {
  const start = line.indexOf(": ") + 2;
  const end = line.indexOf(" ", line.indexOf(" ", start) + 1);
  const wanted = missing.get(line.slice(start, end));
  if (wanted === undefined) return;
  const [state, , , , uid] = line.slice(end).trim().split(/\s+/u);
  // An ended connection whose ports are in use again.
  if (state === TIME_WAIT || uid === undefined) return;
  for (const key of wanted.keys) missing.delete(key);
  wanted.settle(Number(uid));
}

/** How the lists write the other end's socket; empty: they cannot have it. */
function keysOf({ remoteAddress, remotePort, localAddress, localPort }: Ends): string[] {
  if (remotePort === undefined || localPort === undefined) return [];
  const [theirs, ours] = [toHex(remoteAddress), toHex(localAddress)];
  if (theirs === undefined || ours === undefined) return [];
  const port = (number: number): string => number.toString(16).toUpperCase().padStart(4, "0");
  const key = (prefix: string): string =>
    `${prefix}${theirs}:${port(remotePort)} ${prefix}${ours}:${port(localPort)}`;
  // A socket for IPv6 may reach an IPv4 address too, and is then in the other list.
  return theirs.length === 8 ? [key(""), key(MAPPED)] : [key("")];
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
