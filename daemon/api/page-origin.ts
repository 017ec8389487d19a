/**
 * The origin that a browser opens the page at: a name that is new at every start. Who had the port before, or takes
 * it while the daemon is down, may have left a service worker or an open tab behind, but only at an origin that the
 * next daemon doesn't use.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { lookup } from "node:dns/promises";
import type { Server } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import os from "node:os";
import { systemErrorCode } from "../core/errors.ts";

const LOOPBACKS = ["127.0.0.1", "::1"];
const PAGE_NAME = /^ar-[0-9a-f]{20}\.localhost$/;
// Older systems ask the network's name server for such a name, which may answer with any address.
const FIRST_DARWIN = 25;
const LOOKUP_MS = 1_000;

/** The origin of this start of the daemon. */
export interface PageOrigin {
  /** The daemon's own address where a name below `localhost` can't be used. */
  readonly pageUrl: string;
  close(): Promise<void>;
}

/**
 * Opens a new origin, and takes the port on every address that a browser tries for it.
 *
 * @param url the address that the daemon listens on
 * @param addresses all of them
 * @param create a server that answers as the daemon does
 */
export async function openPageOrigin(
  url: string,
  addresses: readonly (AddressInfo | string)[],
  create: () => Server,
): Promise<PageOrigin> {
  const { port } = new URL(url);
  // 80 random bits.
  const name = `ar-${randomBytes(10).toString("hex")}.localhost`;
  const held = addresses.map((of) => (typeof of === "string" ? of : of.address));
  const added = (await resolvesLocally(name))
    ? await holdLoopback(held, Number(port || 80), create)
    : undefined;
  return {
    pageUrl: added === undefined ? url : `http://${name}${port === "" ? "" : `:${port}`}`,
    async close() {
      await Promise.all((added ?? []).map(closeServer));
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Whether a Host header names a page of some start of a daemon: of this one or of an earlier one. */
export function isPageAuthority(authority: string): boolean {
  return PAGE_NAME.test(authority.replace(/:\d+$/, ""));
}

const lookupAll = async (name: string): Promise<{ address: string }[]> =>
  lookup(name, { all: true });

/** Whether every usual browser of this system resolves the name to loopback, and by itself. */
export async function resolvesLocally(
  name: string,
  { platform = process.platform, release = os.release(), resolve = lookupAll } = {},
): Promise<boolean> {
  // Chromium, Firefox and WebKitGTK resolve *.localhost themselves. Safari asks the system.
  if (platform !== "darwin") return true;
  if (Number.parseInt(release, 10) < FIRST_DARWIN) return false;
  const late = new Promise<never[]>((resolved) => setTimeout(resolved, LOOKUP_MS, []).unref());
  const found = await Promise.race([resolve(name), late]).catch(() => []);
  return found.length > 0 && found.every(({ address }) => LOOPBACKS.includes(address));
}

/**
 * Takes the port on both loopback addresses, because a browser tries both for a name below `localhost`: who
 * listened on the other one would get the code.
 *
 * @param held the addresses that the daemon listens on already
 * @returns the servers that were added; undefined: another program has one of the addresses
 */
async function holdLoopback(
  held: readonly string[],
  port: number,
  create: () => Server,
): Promise<readonly Server[] | undefined> {
  // A person who chose 127.0.0.9 doesn't expect the daemon elsewhere.
  if (!held.some((address) => LOOPBACKS.includes(address))) return undefined;
  const added: Server[] = [];
  for (const host of LOOPBACKS.filter((address) => !held.includes(address))) {
    const server = create().listen({ host, port, ipv6Only: isIP(host) === 6 });
    try {
      await once(server, "listening");
      added.push(server);
    } catch (error) {
      if (ABSENT.has(systemErrorCode(error) ?? "")) continue;
      await Promise.all(added.map(closeServer));
      return undefined;
    }
  }
  return added;
}

// A system without IPv6 has no ::1 that another program could listen on.
const ABSENT = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);
