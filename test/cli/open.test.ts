import { createHmac } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { openDoor } from "../helper/open-door.ts";
import { daemonFile, runInProcess } from "./run-in-process.ts";

let home: TestFolder;

beforeEach(() => {
  home = testFolder();
  return () => home[Symbol.dispose]();
});

/** A daemon of this home with a page, as far as `open` asks it. */
async function startDaemonWithPage() {
  const token = "t0ken";
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://127.0.0.1");
    const isOurs = request.headers.authorization === `Bearer ${token}`;
    const proof = createHmac("sha256", token)
      .update(url.searchParams.get("nonce") ?? "")
      .digest("hex");
    switch (`${request.method} ${url.pathname}`) {
      case "GET /api/health":
        response.end(JSON.stringify({ status: "ok", version: "1.2.3", proof }));
        break;
      case "POST /api/session-codes":
        response.writeHead(isOurs ? 201 : 401).end(JSON.stringify({ code: "c0de" }));
        break;
      default:
        response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  home.write("daemon.json", daemonFile({ url, token }));
  return {
    address: `${url}/#code=c0de`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** An environment in which this script is what opens a browser. */
function browser(script: string): { env: Record<string, string> } {
  for (const name of ["xdg-open", "open"]) {
    chmodSync(home.write(`bin/${name}`, `#!/bin/sh\n${script}\n`), 0o755);
  }
  return { env: { PATH: `${home.file("bin")}${path.delimiter}${process.env["PATH"]}` } };
}

const isWindows = process.platform === "win32";

test.skipIf(isWindows)(
  "the browser is given the address with its code in the fragment",
  async () => {
    await using daemon = await startDaemonWithPage();
    const seen = home.file("seen");
    const { code, stdout } = await runInProcess(
      home,
      ["open"],
      browser(`printf %s "$1" > '${seen}'`),
    );
    expect([code, stdout]).toEqual([0, "The page is open in your browser.\n"]);
    expect(readFileSync(seen, "utf8")).toBe(daemon.address);
  },
);

test.skipIf(isWindows)("where no browser starts, the address is printed", async () => {
  await using daemon = await startDaemonWithPage();
  const { code, stdout } = await runInProcess(home, ["open"], browser("exit 3"));
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^http:.*\nOpen it in a browser/u)]);
  expect(stdout).toContain(daemon.address);
  const without = await runInProcess(home, ["open"], { env: { PATH: home.file("nothing") } });
  expect(without.stdout).toContain(daemon.address);
});

test.skipIf(isWindows)("--print opens nothing", async () => {
  await using daemon = await startDaemonWithPage();
  const env = browser(`: > '${home.file("seen")}'`);
  const { stdout } = await runInProcess(home, ["open", "--print", "--json"], env);
  expect(JSON.parse(stdout)).toEqual({ address: daemon.address, opened: false });
  expect(existsSync(home.file("seen"))).toBe(false);
});

test("a daemon without a page is said to have none, and no code is made", async () => {
  await using door = await openDoor();
  home.write("daemon.json", daemonFile(door));
  expect(await runInProcess(home, ["open"])).toEqual({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("the page is not part of this version yet"),
  });
});
