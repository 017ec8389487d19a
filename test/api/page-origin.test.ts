import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { isPageAuthority, openPageOrigin, resolvesLocally } from "../../daemon/api/page-origin.ts";
import { type OpenServer, openServer } from "../helper/open-server.ts";
import { sendRaw } from "../helper/request.ts";

// On older macOS the page opens at the daemon's own address.
const isNameless = process.platform === "darwin";
const PAGE_URL = /^http:\/\/(ar-[0-9a-f]{20}\.localhost:\d+)$/;

describe.skipIf(isNameless)("where a browser resolves names below localhost", () => {
  test("every start has an origin of its own, which is let in as Host", async () => {
    const seen = new Set<string>();
    for (let start = 0; start < 3; start += 1) {
      await using server = await openServer();
      const { body } = await server.send("POST", "/api/session-codes");
      const [, authority = ""] = PAGE_URL.exec(body.page_url) ?? [];
      expect(authority.endsWith(`:${new URL(server.url).port}`)).toBe(true);
      const ask = `GET /api/health HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`;
      expect(await server.sendRaw(ask)).toMatch(/^HTTP\/1.1 200 /);
      for (const old of seen) {
        expect(await server.sendRaw(ask.replace(authority, old))).toMatch(/^HTTP\/1.1 421 /);
      }
      seen.add(authority);
    }
    expect(seen.size).toBe(3);
  });

  test("what a refusal says does not name the origin", async () => {
    await using server = await openServer();
    const { body } = await server.send("POST", "/api/session-codes");
    const answer = await sendRaw(server, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1.1 421 /);
    expect(answer).not.toContain(new URL(body.page_url).hostname);
  });

  test("the daemon has the port on both loopback addresses, so that no other program hears a browser that tries both", async () => {
    await using server = await openServer();
    const port = Number(new URL(server.url).port);
    expect((await fetch(`http://[::1]:${port}/api/health`)).status).toBe(200);
    expect((await fetch(`http://[::1]:${port}/api/status`)).status).toBe(401);
    const other = createServer().listen({ host: "::1", port });
    await expect(once(other, "listening")).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test.each(["127.0.0.1", "::1", "localhost"])(
    "where another program has the port on the other loopback address, the page opens at a free port on both: %s",
    async (host) => {
      await using free = await openServer({ host });
      const port = Number(new URL(free.url).port);
      await free[Symbol.asyncDispose]();
      const other = new URL(free.url).hostname === "127.0.0.1" ? "::1" : "127.0.0.1";
      const squatter = createServer().listen({ host: other, port });
      await once(squatter, "listening");
      try {
        await using server = await openServer({ host, port });
        await expectOnBoth(server);
      } finally {
        squatter.close();
      }
    },
  );

  test("where the user chose an address that no name leads to, the page opens at a free port on both", async () => {
    await using server = await openServer({ host: "127.0.0.9" });
    await expectOnBoth(server);
    const port = new URL(server.url).port;
    await expect(fetch(`http://127.0.0.1:${port}/api/health`)).rejects.toThrow("fetch failed");
  });

  async function expectOnBoth(server: OpenServer): Promise<void> {
    const { body } = await server.send("POST", "/api/session-codes");
    const [, authority] = PAGE_URL.exec(body.page_url) ?? [];
    const { port } = new URL(body.page_url);
    expect(port).not.toBe(new URL(server.url).port);
    for (const address of ["127.0.0.1", "[::1]"]) {
      const ask = `GET /api/health HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`;
      const place = { url: `http://${address}:${port}`, token: "" };
      expect(await sendRaw(place, ask)).toMatch(/^HTTP\/1.1 200 /);
    }
  }

  test("a closed server frees both addresses", async () => {
    const server = await openServer();
    const port = Number(new URL(server.url).port);
    await server[Symbol.asyncDispose]();
    for (const host of ["127.0.0.1", "::1"]) {
      const next = createServer().listen({ host, port });
      await once(next, "listening");
      expect(next.address()).toMatchObject({ address: host, port });
      next.close();
    }
  });
});

const answers =
  (...found: string[]) =>
  async () =>
    found.map((address) => ({ address }));

test.each([
  ["linux", "6.1.0", answers(), true],
  ["win32", "10.0.26100", answers(), true],
  ["darwin", "25.0.0", answers("127.0.0.1", "::1"), true],
  ["darwin", "25.0.0", answers("127.0.0.1", "192.0.2.7"), false],
  ["darwin", "25.0.0", answers(), false],
  ["darwin", "25.0.0", () => Promise.reject(new Error("ENOTFOUND")), false],
  ["darwin", "25.0.0", () => new Promise<never>(() => {}), false],
  ["darwin", "24.6.0", answers("127.0.0.1"), false],
] as const)(
  "a name below localhost is used on %s %s only if no browser asks the network for it",
  async (platform, release, resolve, expected) => {
    const asked = { platform, release, resolve };
    expect(await resolvesLocally("ar-0.localhost", asked)).toBe(expected);
  },
);

test("where names don't work, the page opens at a free port, which is new at every start", async () => {
  await using server = await openServer();
  const old = { platform: "darwin", release: "24.6.0" } as const;
  const create = () => createHttpServer((_, response) => response.end("the page"));
  const origin = await openPageOrigin(
    server.url,
    [{ address: "127.0.0.1", family: "IPv4", port: 1 }],
    create,
    old,
  );
  expect(origin.pageUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(origin.pageUrl).not.toBe(server.url);
  expect(await (await fetch(origin.pageUrl)).text()).toBe("the page");
  await origin.close();
  await expect(fetch(origin.pageUrl)).rejects.toThrow("fetch failed");
});

test("a name of an earlier start is known by its form", () => {
  expect(isPageAuthority("ar-0123456789abcdef0123.localhost:4770")).toBe(true);
  expect(isPageAuthority("ar-0123456789abcdef0123.localhost")).toBe(true);
  for (const other of ["localhost:4770", "ar-1.localhost", "ar-0123456789abcdef0123.localhost.x"]) {
    expect(isPageAuthority(other)).toBe(false);
  }
});
