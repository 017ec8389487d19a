import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";
import { openServer } from "../../helper/open-server.ts";
import { addFailedFile } from "../../helper/past-work.ts";

test("files are listed, narrowed by agent, state and path", async () => {
  await using server = await openServer();
  const [a, b] = ["/in/a.md", "/in/b.md"].map((path) => addFailedFile(server.journal, path));
  addFailedFile(server.journal, "/out/c.md");
  const list = async (query: string) => {
    const { status, body } = await server.send("GET", `/api/files?${query}`);
    expect(status).toBe(200);
    return body.items.map(({ file_id }: { file_id: string }) => file_id);
  };
  expect(await list("agent_id=inbox&state=failed&path=/in")).toEqual([a, b]);
  expect(await list(`path=${encodeURIComponent("/in/b.md")}`)).toEqual([b]);
  expect(await list("state=done")).toEqual([]);
  expect(await list("agent_id=mail")).toEqual([]);
});

test("one file comes with its text and its attempts", async () => {
  await using door = await openDoor({ files: { "inbox/a.md": "# A\n" } });
  await door.daemon.run("inbox");
  const { items } = (await door.send("GET", "/api/files")).body;
  const { status, body } = await door.send("GET", `/api/files/${items[0].file_id}`);
  expect([status, body]).toMatchObject([
    200,
    { ...items[0], text: "# A\n", attempts: [{ number: 1, outcome: "done", error: null }] },
  ]);
  const missing = await door.send("GET", "/api/files/file_z");
  expect([missing.status, missing.body.code]).toEqual([404, "file_not_found"]);
});

test("a retry gives the run that does the file again, and no other file", async () => {
  await using door = await openDoor({ files: { "inbox/a.md": "# A\n", "inbox/b.md": "# B\n" } });
  const { journal, folder } = door;
  const file_id = addFailedFile(journal, folder.file("inbox/a.md"));
  const { status, body } = await door.send("POST", `/api/files/${file_id}/retry`);
  expect(status).toBe(202);
  expect(await door.daemon.ended(body.run_id)).toMatchObject({
    trigger: "retry",
    files: { found: 1, processed: 1 },
  });
  expect((await door.send("GET", `/api/files/${file_id}`)).body.state).toBe("done");
});
