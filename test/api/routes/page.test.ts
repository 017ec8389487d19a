import { expect, test } from "vitest";
import type { PageFiles } from "../../../daemon/api/page.ts";
import { openServer } from "../../helper/open-server.ts";
import { fetchPage } from "../../helper/request.ts";

function page(state: ReturnType<PageFiles["state"]> = { is: "ready" }): PageFiles {
  return {
    state: () => state,
    document: async () => Buffer.from("<!doctype html>the page"),
    findAsset: async (name) =>
      name === "index-1.js"
        ? { body: Buffer.from("1"), media_type: "text/javascript; charset=utf-8" }
        : undefined,
  };
}

test.each(["/", "/runs", "/runs/run_1?x=1", "/files/file_1", "/tasks"])(
  "the page is shown at %s to whoever comes, under a policy that lets no other script run",
  async (address) => {
    await using server = await openServer({ page: page() });
    const answer = await server.fetchPage(address);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("the page");
    expect(answer.headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  },
);

test("a built file is kept by the browser for ever, since its name changes with it", async () => {
  await using server = await openServer({ page: page() });
  const answer = await fetch(`${server.url}/assets/index-1.js`);
  expect(answer.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(answer.headers.get("cache-control")).toContain("immutable");
  const unknown = await server.send("GET", "/assets/index-2.js");
  expect(unknown).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect(unknown.headers.get("cache-control")).toBe("no-store");
});

test("while the page is built, a plain one says so and looks again, keeping the code of the address", async () => {
  await using server = await openServer({ page: page({ is: "building" }) });
  const answer = await server.fetchPage();
  expect(answer.status).toBe(503);
  expect(await answer.text()).toMatch(/<script src="\/waiting.js">.*being made/su);
  const script = await fetch(`${server.url}/waiting.js`);
  expect(script.headers.get("content-type")).toContain("text/javascript");
  expect(await script.text()).toContain("location.reload()");
});

test("a page that cannot be built says why, as text", async () => {
  await using server = await openServer({
    page: page({ is: "missing", reason: "<script>alert(1)</script> & more" }),
  });
  const answer = await server.fetchPage();
  expect(answer.status).toBe(503);
  const html = await answer.text();
  expect(html).toContain("&#60;script&#62;alert(1)&#60;/script&#62; &#38; more");
  expect(html).not.toContain("<script");
});

test("the page is shown to no other name, to no foreign page, and takes nothing", async () => {
  await using server = await openServer({ page: page() });
  expect(
    await server.sendRaw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
  ).toMatch(/^HTTP\/1\.1 421/u);
  const foreign = await server.fetchPage("/", { headers: { "sec-fetch-site": "cross-site" } });
  expect(foreign.status).toBe(403);
  expect(await server.send("POST", "/")).toMatchObject({ status: 404 });
  expect(await server.send("GET", "/secrets.env")).toMatchObject({ status: 404 });
});

test("a door without a page has none", async () => {
  await using server = await openServer();
  expect(await server.send("GET", "/")).toMatchObject({ status: 404, body: { code: "not_found" } });
});

test.each(["/", "/tasks", "/tasks/task_1"])(
  "%s at the daemon's own address says how to go on, without data or script, and removes what another program left there",
  async (address) => {
    await using server = await openServer({ page: page() });
    const answer = await fetch(server.url + address);
    expect(answer.status).toBe(200);
    const html = await answer.text();
    expect(html).toContain("<code>npx --no agent-runner open</code>");
    expect(html).not.toContain("<script");
    expect(html).not.toContain(new URL(server.pageUrl).hostname);
    expect(answer.headers.get("clear-site-data")).toBe('"storage"');
    expect(answer.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src/u,
    );
  },
);

test("a tab of an earlier start that is loaded again gets the same, and its requests are refused", async () => {
  await using server = await openServer({ page: page() });
  const old = `http://ar-0123456789abcdef0123.localhost:${new URL(server.url).port}`;
  const ask = (path: string): Promise<Response> => fetchPage(old, path);
  const answer = await ask("/tasks");
  expect(answer.status).toBe(421);
  expect(await answer.text()).toContain("agent-runner open");
  const refused = await ask("/api/events");
  expect([refused.status, await refused.json()]).toMatchObject([421, { code: "host_refused" }]);
});

test.each(["/sw.js", "/", "/tasks", "/api/status", "/assets/index-1.js", "/a/../b"])(
  "a browser that asks for the script of a service worker at %s gets one that removes itself",
  async (address) => {
    await using server = await openServer({ page: page() });
    for (const host of [server.authority, new URL(server.pageUrl).host, "ar-old.localhost"]) {
      const answer = await server.sendRaw(
        `GET ${address} HTTP/1.1\r\nHost: ${host}\r\nService-Worker: script\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1.1 200 /u);
      expect(answer).toMatch(/content-type: text\/javascript/iu);
      expect(answer).toContain("registration.unregister()");
    }
  },
);
