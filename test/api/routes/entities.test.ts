import { describe, expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

describe.each([
  { path: "/api/projects", type: "project", create: { name: "Move" }, patch: { name: "House" } },
  { path: "/api/tasks", type: "task", create: { title: "Pack" }, patch: { status: "done" } },
  { path: "/api/notes", type: "note", create: { title: "Keys" }, patch: { body: "In the pot." } },
])("$path", ({ path, type, create, patch }) => {
  test("creates, gives, edits, lists and deletes", async () => {
    await using door = await openDoor();
    const created = await door.send("POST", path, create);
    expect([created.status, created.body]).toMatchObject([201, { ...create, created_by: "user" }]);
    const one = `${path}/${created.body.id}`;
    expect(created.headers.get("location")).toBe(one);

    expect(await door.send("GET", one)).toMatchObject({ status: 200, body: created.body });
    const edited = await door.send("PATCH", one, patch);
    expect([edited.status, edited.body]).toEqual([200, { ...created.body, ...patch }]);

    const listed = await door.send("GET", path);
    expect(listed.body).toEqual({ items: [edited.body], next_cursor: null });

    expect(await door.send("DELETE", one)).toMatchObject({ status: 204, body: undefined });
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const gone = await door.send(method, one, method === "PATCH" ? patch : undefined);
      expect([gone.status, gone.body.code]).toEqual([404, "entity_not_found"]);
    }
  });

  test("passes on what a list is narrowed by", async () => {
    await using door = await openDoor();
    const filter = { status: "active", project_id: "project_1", file_id: "file_1" };
    await door.send("GET", `${path}?${new URLSearchParams(filter).toString()}`);
    expect(door.calls).toEqual([["listEntities", type, filter]]);
  });

  test.each([
    ["POST", {}],
    ["POST", undefined],
    ["POST", { ...create, colour: "red" }],
    ["PATCH", { id: "other" }],
    ["PATCH", { user_edited: [] }],
    ["PATCH", { status: "lost" }],
  ])("refuses %s %j", async (method, body) => {
    await using door = await openDoor();
    const { body: existing } = await door.send("POST", path, create);
    const target = method === "PATCH" ? `${path}/${existing.id}` : path;
    const answer = await door.send(method, target, body);
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
    expect((await door.send("GET", path)).body.items).toEqual([existing]);
  });
});

test("a merge patch may say null, where the field may be null", async () => {
  await using door = await openDoor();
  const task = { title: "Pack", due_date: "2026-03-05" };
  const { body } = await door.send("POST", "/api/tasks", task);
  const cleared = await fetch(`${door.url}/api/tasks/${body.id}`, {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${door.token}`,
      "content-type": "application/merge-patch+json",
    },
    body: JSON.stringify({ due_date: null }),
  });
  expect(await cleared.json()).toMatchObject({ title: "Pack", due_date: null });
  const refused = await door.send("PATCH", `/api/tasks/${body.id}`, { title: null });
  expect(refused.status).toBe(400);
});
