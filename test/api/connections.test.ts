import { createServer, type RequestListener } from "node:http";
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Connections, openConnections } from "../../daemon/api/connections.ts";
import type { Owner, SocketOwners } from "../../daemon/api/socket-owner.ts";

const OWN = 1000;

interface Guarded extends AsyncDisposable {
  connections: Connections;
  /** The paths that the server was asked for. */
  asked: string[];
  connect(): Socket;
  /** Sends a request on a connection of its own, and gives everything that comes back. */
  ask(): Promise<string>;
}

/** A server whose clients all belong to one user. */
async function openGuarded({
  owner = OWN,
  owners = { find: async () => owner, settleNow() {} },
  limit = 16,
  listener = (_request, response) => void response.end("served"),
}: {
  owner?: Owner | Promise<number>;
  owners?: SocketOwners;
  limit?: number;
  listener?: RequestListener;
} = {}): Promise<Guarded> {
  const connections = openConnections({ owners, uid: OWN, limit });
  const asked: string[] = [];
  const server = createServer((message, response) => {
    asked.push(message.url ?? "");
    if (message.url === "/held") connections.hold(message.socket, response);
    listener(message, response);
  });
  connections.guard(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const open = new Set<Socket>();
  const start = (): Socket => {
    const socket = connect(port, "127.0.0.1");
    open.add(socket.on("error", () => {}));
    return socket;
  };
  return {
    connections,
    asked,
    connect: start,
    async ask() {
      const socket = start();
      socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      return text(socket);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      connections.close();
      server.closeAllConnections();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

test.each([
  ["this user", OWN],
  ["root", 0],
  ["a user whom the system does not name", undefined],
])("%s is served", async (_name, owner) => {
  await using server = await openGuarded({ owner });
  expect(await server.ask()).toMatch(/^HTTP\/1\.1 200 [\s\S]*served$/u);
});

test("another user is refused with a sentence, and nothing of the request is read", async () => {
  await using server = await openGuarded({ owner: 1001 });
  const answer = await server.ask();
  expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/u);
  expect(answer).toContain('"code":"user_refused"');
  expect(answer).toContain(
    "the user with the number 1000 alone, and the connection comes from 1001",
  );
  expect(answer.toLowerCase()).toContain("content-security-policy: default-src 'none'");
  expect(server.asked).toEqual([]);
});

test("a connection of another user that sends nothing is answered and closed", async () => {
  await using server = await openGuarded({ owner: 1001 });
  expect(await text(server.connect())).toContain("user_refused");
});

test("what was sent before the decision is served after it, in order", async () => {
  const owner = Promise.withResolvers<number>();
  await using server = await openGuarded({ owner: owner.promise });
  const socket = server.connect();
  const head = (name: string): string => `GET /${name} HTTP/1.1\r\nHost: a\r\n`;
  socket.end(`${head("1")}\r\n${head("2")}\r\n${head("3")}Connection: close\r\n\r\n`);
  await once(socket, "connect");
  for (let index = 0; index < 20; index += 1) await pause();
  expect(server.asked).toEqual([]);
  owner.resolve(OWN);
  await text(socket);
  expect(server.asked).toEqual(["/1", "/2", "/3"]);
});

test("connections that stay idle make room for one that asks, and the one that is answered stays", async () => {
  const end = Promise.withResolvers<void>();
  await using server = await openGuarded({
    limit: 4,
    async listener(message, response) {
      if (message.url === "/held") await end.promise;
      response.end("served");
    },
  });
  const held = server.connect();
  held.write("GET /held HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await expect.poll(() => server.asked).toEqual(["/held"]);
  for (let index = 0; index < 40; index += 1) await once(server.connect(), "connect");
  expect(await server.ask()).toContain("served");
  end.resolve();
  expect(await text(held)).toContain("served");
});

/** Owners that are known only on demand: the first connection is this user's, the rest are another's. */
function openSlowOwners(): SocketOwners {
  const waiting: ((owner: Owner) => void)[] = [];
  let first = true;
  return {
    find: () => new Promise((settle) => void waiting.push(settle)),
    settleNow() {
      for (const settle of waiting.splice(0)) {
        settle(first ? OWN : OWN + 1);
        first = false;
      }
    },
  };
}

test("however many others connect before anyone is decided, this user's connection is served", async () => {
  await using server = await openGuarded({ owners: openSlowOwners(), limit: 4 });
  const answer = server.ask();
  for (let index = 0; index < 60; index += 1) await once(server.connect(), "connect");
  expect(await answer).toContain("served");
});

test("others take no place of this user's idle connections", async () => {
  const slow = openSlowOwners();
  await using server = await openGuarded({ owners: slow, limit: 4 });
  const idle = server.connect();
  await once(idle, "connect");
  const answer = once(idle, "data");
  for (let index = 0; index < 60; index += 1) await once(server.connect(), "connect");
  idle.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(String(await answer)).toContain("200 OK");
});

test("a connection that no program has any more is closed, and its request not read", async () => {
  await using server = await openGuarded({ owner: "gone" });
  expect(await server.ask()).toBe("");
  expect(server.asked).toEqual([]);
});

test("closing ends who is still being looked up", async () => {
  await using server = await openGuarded({ owner: new Promise(() => {}) });
  const socket = server.connect();
  await once(socket, "connect");
  const closed = once(socket, "close");
  socket.resume();
  server.connections.close();
  await closed;
  const late = server.connect();
  late.resume();
  await once(late, "close");
  expect(server.asked).toEqual([]);
});
