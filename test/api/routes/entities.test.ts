import { describe, expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";
import { workJob } from "../../helper/worked-job.ts";

const ROWS = [
  {
    path: "/api/projects",
    type: "project",
    create: { name: "Move" },
    other: { name: "Garden" },
    patch: { name: "House" },
  },
  {
    path: "/api/tasks",
    type: "task",
    create: { title: "Pack" },
    other: { title: "Call" },
    patch: { status: "done" },
  },
  {
    path: "/api/notes",
    type: "note",
    create: { title: "Keys" },
    other: { title: "Seeds" },
    patch: { body: "In the pot." },
  },
] as const;

describe.each(ROWS)("$path", ({ path, type, create, other, patch }) => {
  test("creates, gives, edits, lists and deletes", async () => {
    await using door = await openDoor();
    const created = await door.send("POST", path, create);
    expect([created.status, created.body]).toMatchObject([201, { ...create, created_by: "user" }]);
    const one = `${path}/${created.body.id}`;
    expect(created.headers.get("location")).toBe(one);

    expect(await door.send("GET", one)).toMatchObject({ status: 200, body: created.body });
    const edited = await door.send("PATCH", one, patch);
    const { updated_at } = edited.body;
    const user_edited = [...new Set([...Object.keys(create), ...Object.keys(patch)])];
    expect([
      edited.status,
      { ...edited.body, user_edited: edited.body.user_edited.toSorted() },
    ]).toEqual([
      200,
      { ...created.body, ...patch, updated_at, user_edited: user_edited.toSorted() },
    ]);

    const listed = await door.send("GET", path);
    expect(listed.body).toEqual({ items: [edited.body], next_cursor: null });

    expect(await door.send("DELETE", one)).toMatchObject({ status: 204, body: undefined });
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const gone = await door.send(method, one, method === "PATCH" ? patch : undefined);
      expect([gone.status, gone.body.code]).toEqual([404, "entity_not_found"]);
    }
  });

  test("narrows a list by status, project and file", async () => {
    await using door = await openDoor();
    const project = await door.client.createEntity("project", { name: "Roof" });
    const inProject = type === "project" ? {} : { project_id: project.id };
    const { file_ids } = workJob(door.journal, { content: "a", text: "x" }, (workspace) => {
      if (type === "project") workspace.createProject(create, "x");
      else if (type === "task") workspace.createTask({ ...create, ...inProject }, "x");
      else workspace.createNote({ body: "", ...create, ...inProject }, "x");
    });
    const { body: loose } = await door.send("POST", path, other);
    const list = async (query: Record<string, string>): Promise<string[]> => {
      const { body } = await door.send("GET", `${path}?${new URLSearchParams(query).toString()}`);
      return body.items
        .map(({ id }: { id: string }) => id)
        .filter((id: string) => id !== project.id);
    };
    const [newest, made] = await list({});
    expect([newest, made]).toEqual([loose.id, expect.any(String)]);
    expect(await list({ status: loose.status })).toEqual([loose.id, made]);
    expect(await list({ status: "archived" })).toEqual([]);
    expect(await list({ file_id: file_ids[0] ?? "" })).toEqual([made]);
    expect(await list({ project_id: project.id })).toEqual(type === "project" ? [] : [made]);
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
