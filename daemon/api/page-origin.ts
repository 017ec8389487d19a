/**
 * The origin that a browser opens the page at: one that is new at every start. Who had the port before, or takes it
 * while the daemon is down, may have left a service worker or an open tab behind, but only at an origin that the next
 * daemon doesn't use.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { lookup } from "node:dns/promises";
import type { Server } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import os from "node:os";
import { systemErrorCode } from "../core/errors.ts";

const IPV4 = "127.0.0.1";
// A browser tries both for a name below localhost: who listened on the other one would get the code.
const LOOPBACKS = [IPV4, "::1"];
const PAGE_NAME = /^ar-[0-9a-f]{20}\.localhost(?::\d+)?$/;
// Before macOS 26 the system asks the network's name server for such a name, which may answer with any address.
const FIRST_DARWIN = 25;
const LOOKUP_MS = 1_000;
// A free port on one address is seldom taken on the other.
const TRIES = 20;

/** What decides whether names work; left out: this system. */
export interface System {
  platform?: NodeJS.Platform;
  /** Of the kernel. */
  release?: string;
  resolve?(name: string): Promise<readonly { address: string }[]>;
}

/** The origin of this start of the daemon. */
export interface PageOrigin {
  /** `http://ar-0123456789abcdef0123.localhost:4770` */
  readonly pageUrl: string;
  close(): Promise<void>;
}

/**
 * Opens a new origin: a new name on the daemon's port. Where another program has that port on an address that a
 * browser tries, it is on a free port; where names don't work, it is a free port alone.
 *
 * @param url the address that the daemon listens on
 * @param addresses all of them
 * @param create a server that answers as the daemon does
 */
export async function openPageOrigin(
  url: string,
  addresses: readonly (AddressInfo | string)[],
  create: () => Server,
  system: System = {},
): Promise<PageOrigin> {
  // 80 random bits.
  const name = `ar-${randomBytes(10).toString("hex")}.localhost`;
  const isNamed = await resolvesLocally(name, system);
  const held = addresses.map((of) => (typeof of === "string" ? of : of.address));
  const port = Number(new URL(url).port || 80);
  if (isNamed && held.some((address) => LOOPBACKS.includes(address))) {
    const servers = await listen(without(held), port, create);
    if (servers !== undefined) return toOrigin(name, port, servers);
  }
  for (let tries = 0; tries < TRIES; tries += 1) {
    const first = await listen([IPV4], 0, create);
    const free = (first?.[0]?.address() as AddressInfo | undefined)?.port;
    if (first === undefined || free === undefined) continue;
    if (!isNamed) return toOrigin(IPV4, free, first);
    const second = await listen(without([IPV4]), free, create);
    if (second !== undefined) return toOrigin(name, free, [...first, ...second]);
    await Promise.all(first.map(closeServer));
  }
  throw new Error(`No port of ${TRIES} is free on ${LOOPBACKS.join(" and ")}.`);
}

/** Whether a Host header names the origin of a daemon: of this start or of an earlier one. */
export function isPageAuthority(authority: string): boolean {
  return PAGE_NAME.test(authority);
}

const lookupAll = async (name: string): Promise<{ address: string }[]> =>
  lookup(name, { all: true });

/** Whether every usual browser of this system resolves the name to loopback, and by itself. */
export async function resolvesLocally(
  name: string,
  { platform = process.platform, release = os.release(), resolve = lookupAll }: System = {},
): Promise<boolean> {
  // Chromium, Firefox and WebKitGTK resolve such names themselves. Safari asks the system.
  if (platform !== "darwin") return true;
  if (Number.parseInt(release, 10) < FIRST_DARWIN) return false;
  const late = new Promise<[]>((resolved) => setTimeout(resolved, LOOKUP_MS, []).unref());
  const found = await Promise.race([resolve(name), late]).catch(() => []);
  return found.length > 0 && found.every(({ address }) => LOOPBACKS.includes(address));
}

const without = (held: readonly string[]): string[] =>
  LOOPBACKS.filter((address) => !held.includes(address));

// A system without IPv6 has no ::1 that another program could listen on.
const ABSENT = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/** Listens on all of the addresses; undefined: another program has the port on one of them. */
async function listen(
  hosts: readonly string[],
  port: number,
  create: () => Server,
): Promise<readonly Server[] | undefined> {
  const servers: Server[] = [];
  for (const host of hosts) {
    const server = create().listen({ host, port, ipv6Only: isIP(host) === 6 });
    try {
      await once(server, "listening");
      servers.push(server);
    } catch (error) {
      if (ABSENT.has(systemErrorCode(error) ?? "")) continue;
      await Promise.all(servers.map(closeServer));
      return undefined;
    }
  }
  return servers;
}

function toOrigin(name: string, port: number, servers: readonly Server[]): PageOrigin {
  return {
    // As a browser writes it, without port 80.
    pageUrl: new URL(`http://${name}:${port}`).origin,
    async close() {
      await Promise.all(servers.map(closeServer));
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
