import { expect, test } from "vitest";
import { openDoor } from "../helper/open-door.ts";

test.each([
  [
    "GET",
    "/api/runs?limit=501",
    undefined,
    'limit: Too big: expected number to be <=500, got "501"',
  ],
  ["GET", "/api/runs?limit=0", undefined, 'limit: Too small: expected number to be >=1, got "0"'],
  ["GET", "/api/runs?limit=", undefined, 'limit: Too small: expected number to be >=1, got ""'],
  [
    "GET",
    "/api/runs?limit=many",
    undefined,
    'limit: Invalid input: expected number, received NaN, got "many"',
  ],
  [
    "GET",
    "/api/files?state=lost",
    undefined,
    'state: Invalid option: expected one of "pending"|"working"|"done"|"failed"|"skipped"|"gone", got "lost"',
  ],
  ["GET", "/api/files?stat=done", undefined, 'querystring: Unrecognized key: "stat"'],
  [
    "GET",
    "/api/runs?agent_id=a&agent_id=b",
    undefined,
    'agent_id: Invalid input: expected string, received array, got ["a","b"]',
  ],
  ["POST", "/api/tasks", {}, "title: Invalid input: expected string, received undefined"],
  ["POST", "/api/tasks", undefined, "title: Invalid input: expected string, received undefined"],
  ["POST", "/api/tasks", [], "body: Invalid input: expected object, received array, got []"],
  [
    "POST",
    "/api/tasks",
    { title: "A", tags: ["ok", 7] },
    "tags.1: Invalid input: expected string, received number, got 7",
  ],
  [
    "POST",
    "/api/tasks",
    { title: "A", due_date: "tomorrow", colour: 1 },
    'due_date: Invalid ISO date, got "tomorrow"; body: Unrecognized key: "colour"',
  ],
  [
    "POST",
    "/api/agents/trigger",
    { directories: [{ path: "/in", watch: "maybe" }] },
    'directories.0.watch: Invalid input: expected boolean, received string, or Invalid input: expected "poll", got "maybe"',
  ],
])("%s %s %j is refused: the field, what was expected and what came", async (...row) => {
  const [method, path, body, detail] = row;
  await using door = await openDoor();
  const answer = await door.send(method, path, body);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect([answer.status, answer.body]).toMatchObject([400, { code: "invalid_request", detail }]);
  expect(door.calls).toEqual([]);
});

test("a long value is cut, and so is a long list of faults", async () => {
  await using door = await openDoor();
  const tags = Array.from({ length: 20 }, () => "x".repeat(1000));
  const { body } = await door.send("POST", "/api/tasks", { title: "A", tags });
  expect(body.detail.length).toBeLessThan(1000);
});
