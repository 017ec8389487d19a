import { request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { openDoor } from "../helper/open-door.ts";

test("text that a path or the database cannot hold is refused wherever it is sent", async () => {
  await using door = await openDoor();
  const requests: [string, string, unknown?][] = [
    ["POST", "/api/backup", { path: "/tmp/a\0b" }],
    ["POST", "/api/backup", { path: "/tmp/\ud800" }],
    ["POST", "/api/agents/inbox/trigger", { paths: ["/tmp/a\0b"] }],
    ["POST", "/api/agents/trigger", { directories: [{ path: "/tmp/a\0b" }] }],
    ["POST", "/api/tasks", { title: "a\0b" }],
    ["POST", "/api/tasks", { title: "a", tags: ["\udc00"] }],
    ["POST", "/api/config/check", { text: "a\0b" }],
    ["GET", "/api/files?path=%00"],
    ["GET", "/api/files?path=/a%00b"],
    ["GET", "/api/search?q=a%00b"],
    ["GET", "/api/tasks/a%00b"],
    ["GET", "/api/directories?path=/%00"],
    ["POST", "/api/files/%00/forget"],
  ];
  for (const [method, target, body] of requests) {
    const answer = await door.send(method, target, body);
    expect([target, answer.status, answer.body.code]).toEqual([target, 400, "invalid_request"]);
  }
});

test("a body that is nested deeper than a stack is refused", async () => {
  await using door = await openDoor();
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request(`${door.url}/api/tasks`, {
    method: "POST",
    headers: { authorization: `Bearer ${door.token}`, "content-type": "application/json" },
  })
    .on("error", reject)
    .on("response", (answer) => resolve(answer.resume().statusCode))
    .end(`{"title":${"[".repeat(400_000)}${"]".repeat(400_000)}}`);
  expect(await promise).toBe(400);
});

test("a browser at an address that cannot be decoded gets a page, and nothing else", async () => {
  await using door = await openDoor();
  const get = async (target: string, accept: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<[number | undefined, string]>();
    request(door.url + target, { headers: { accept }, agent: false })
      .on("error", reject)
      .on("response", (answer) => {
        void text(answer).then((body) => resolve([answer.statusCode, body]), reject);
      })
      .end();
    return promise;
  };
  const browser = "text/html,application/xhtml+xml,*/*;q=0.8";
  for (const target of ["/tasks/%E0%A4%A", "/tasks/%", "/%61pi/tasks", "/tasks//x"]) {
    const [status, body] = await get(target, browser);
    expect([target, status, body]).toEqual([
      target,
      404,
      expect.stringContaining("no page at this"),
    ]);
    expect((await get(target, "*/*"))[0]).toBe(401);
  }
  for (const target of ["/api/tasks", "/API/tasks", "/api/%E0%A4%A"]) {
    expect([target, (await get(target, browser))[0]]).toEqual([target, 401]);
  }
});
