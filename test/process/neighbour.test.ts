import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { findDaemon } from "../../daemon/client/discover.ts";
import { type Paths, resolvePaths } from "../../daemon/core/paths.ts";
import { openOnDesktop } from "../../tray/open-on-desktop.ts";
import { createSignIn, openPage } from "../../tray/open-page.ts";
import {
  canBecomeNeighbour,
  findSignInAddress,
  type Neighbour,
  type SignInAddress,
  startNeighbour,
} from "../helper/neighbour.ts";
import { type TestHome, testHome, waitFor } from "../helper/program.ts";
import { fetchPage } from "../helper/request.ts";
import { startDoor } from "../helper/door.ts";

// Another user of this machine against a daemon of this one. Only root can play both.

/** A home whose desktop has a browser that is slow to start, and stays until the test lets it end. */
async function startHome() {
  const home = testHome({}, (folder) => ({
    PATH: `${path.join(folder, "bin")}${path.delimiter}${process.env["PATH"]}`,
  }));
  const script = `#!/bin/sh
echo "$1" >> '${home.file("opened")}'
while [ -e '${home.file("opened")}' ] && [ ! -e '${home.file("end")}' ]; do sleep 0.05; done
`;
  chmodSync(home.write("bin/xdg-open", script), 0o755);
  home.configure("");
  home.start();
  return { home, client: await home.connect() };
}

function pathsOf(home: TestHome): Paths {
  return resolvePaths({
    env: home.env,
    platform: process.platform,
    userHome: home.file("user"),
  });
}

function listOpened(home: TestHome): string[] {
  const file = home.file("opened");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

/** Waits until the other user has looked at every program that runs now. */
async function waitForLook(other: Neighbour): Promise<void> {
  const { passes } = await other.report();
  await waitFor("a look at all programs", async () => (await other.report()).passes > passes + 1);
}

/** Where the file that a browser was given leads, or the address. */
function readAddress(opened: string): SignInAddress {
  const html = existsSync(opened) ? readFileSync(opened, "utf8") : opened;
  return findSignInAddress(html) ?? { page_url: "http://nowhere.invalid", code: "no code" };
}

/** What the browser does: signs in at the origin that it was sent to. */
async function redeem({ page_url, code }: SignInAddress): Promise<number> {
  const answer = await fetchPage(page_url, "/api/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });
  return answer.status;
}

test.skipIf(!canBecomeNeighbour)(
  "of 50 openings of the page, another user who reads all arguments steals 0",
  async () => {
    const { home, client } = await startHome();
    await using _home = home;
    await using other = startNeighbour();
    await other.steal();
    const paths = pathsOf(home);
    const { env } = home;
    const openings = Array.from({ length: 49 }, async () =>
      openPage(paths, await createSignIn(client), (file) => openOnDesktop(file, env)),
    );
    const command = home.run("open");
    const opened = await waitFor("all are open", () => {
      const list = listOpened(home);
      return list.length === 50 && list;
    });
    await waitForLook(other);
    const addresses = opened.map(readAddress);
    const answers = await Promise.all(addresses.map(redeem));
    expect(answers).toEqual(opened.map(() => 200));
    home.write("end", "");
    await Promise.all(openings);
    expect((await command).stdout).toBe("The page is open in your browser.\n");
    const { codes, files, tokens } = await other.report();
    // Another daemon's page may be opened on this machine meanwhile.
    expect(addresses.filter(({ code }) => codes.includes(code))).toEqual([]);
    expect({ files, tokens }).toEqual({ files: 0, tokens: 0 });
    await waitFor("no file is left", () => readdirSync(paths.signIn).length === 0);
  },
);

const ROUTES = [
  ["GET", "/api/health"],
  ["HEAD", "/api/health"],
  ["GET", "/api/status"],
  ["GET", "/api/events"],
  ["POST", "/api/session"],
  ["POST", "/api/session-codes"],
  ["POST", "/api/stop"],
  ["OPTIONS", "*"],
  ["CONNECT", "127.0.0.1:1"],
  ["GET", "/"],
  ["GET", "/assets/x.js"],
] as const;

test.skipIf(!canBecomeNeighbour)(
  "another user gets one sentence for every request, with the token and a valid code too",
  async () => {
    const { home, client } = await startHome();
    await using _home = home;
    await using other = startNeighbour();
    const { token } = findDaemon(pathsOf(home)) ?? {};
    const { code, page_url } = await client.createSessionCode();
    const body = JSON.stringify({ code });
    const urls = [client.url, client.url.replace("127.0.0.1", "[::1]")];
    for (const [method, target] of ROUTES) {
      for (const url of urls) {
        const head = `${method} ${target} HTTP/1.1\r\nHost: ${new URL(page_url).host}\r\nAuthorization: Bearer ${token}`;
        const rest = `Content-Type: application/json\r\nContent-Length: ${body.length}`;
        const answer = await other.send(url, `${head}\r\n${rest}\r\n\r\n${body}`);
        expect(answer, `${method} ${target}`).toMatch(
          /^HTTP\/1\.1 403 [\s\S]*"code":"user_refused"/u,
        );
        expect(answer).toContain("serves the user with the number 0 alone");
      }
    }
    expect(await other.send(client.url, "no HTTP\r\n\r\n")).toContain("user_refused");
    // The code is as good as before.
    expect(await redeem({ page_url, code })).toBe(200);
  },
);

test.skipIf(!canBecomeNeighbour)(
  "600 idle connections of another user are closed at once, and those of this user lock no one out",
  async () => {
    const { home, client } = await startHome();
    await using _home = home;
    await using other = startNeighbour();
    await other.hold(client.url, 600);
    expect((await home.run("status")).code).toBe(0);
    await waitFor("all are closed", async () => (await other.held()).open === 0);
    const { hostname, port } = new URL(client.url);
    const idle = Array.from({ length: 600 }, () => connect(Number(port), hostname));
    for (const socket of idle) socket.on("error", () => {}).resume();
    await waitFor("all are connected", () => idle.every(({ connecting }) => !connecting));
    expect((await home.run("status")).code).toBe(0);
    for (const socket of idle) socket.destroy();
  },
);

test.skipIf(!canBecomeNeighbour)(
  "beside 60 new connections of another user every 5 ms, each request and command of this user succeeds",
  async () => {
    const { home, client } = await startHome();
    await using _home = home;
    await using other = startNeighbour();
    await other.flood(client.url);
    await waitFor("many are open", async () => (await other.flooded()) > 1_500);
    const { token } = findDaemon(pathsOf(home)) ?? {};
    for (let index = 0; index < 30; index += 1) {
      // Each on a connection of its own.
      const headers = { authorization: `Bearer ${token}`, connection: "close" };
      expect((await fetchPage(client.url, "/api/status", { headers })).status).toBe(200);
    }
    for (let index = 0; index < 3; index += 1) expect((await home.run("tasks")).code).toBe(0);
  },
);

test.skipIf(!canBecomeNeighbour)(
  "a request of another user who hangs up at once is not served",
  async () => {
    const { home, client } = await startHome();
    await using _home = home;
    await using other = startNeighbour();
    const { token } = findDaemon(pathsOf(home)) ?? {};
    const { host } = new URL(client.url);
    const head = `POST /api/pause HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}`;
    const rest = "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close";
    const request = `${head}\r\n${rest}\r\n\r\n{}`;
    for (let index = 0; index < 50; index += 1) await other.hangUp(client.url, request);
    // Decided after those before it.
    expect(await other.send(client.url, request)).toContain("user_refused");
    expect((await client.status()).state).not.toBe("paused");
  },
);

test.skipIf(!canBecomeNeighbour)("the same at a server of a user who is not root", async () => {
  await using server = await startDoor(65_533);
  await using other = startNeighbour();
  const request = "GET /hung-up HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  for (let index = 0; index < 50; index += 1) await other.hangUp(server.url, request);
  expect(await other.send(server.url, request)).toContain("user_refused");
  expect((await fetchPage(server.url, "/asked")).status).toBe(200);
  expect(await server.asked()).toEqual(["/asked"]);
});

test("what a killed daemon left of an opening is gone at the next start", async () => {
  const home = testHome();
  await using _home = home;
  home.configure("");
  const first = home.start();
  const paths = pathsOf(home);
  await openPage(paths, await createSignIn(await home.connect()), async () => true);
  await first.end("SIGKILL");
  expect(readdirSync(paths.signIn)).toHaveLength(1);
  home.start();
  await waitFor("it is removed", () => readdirSync(paths.signIn).length === 0);
});
