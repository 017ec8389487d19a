import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

const NEW_TASK = {
  page: "/tasks",
  form: "New task",
  texts: { title: "Call Bob", due_date: "2026-12-04" },
  before: { title: "0", due_date: "0" },
};

test("a draft is kept, listed and discarded, and no entity or event knows of it", async () => {
  await using door = await openDoor();
  const { client } = door;
  expect(await client.keepDraft("draft_a", NEW_TASK)).toMatchObject({
    draft_id: "draft_a",
    without_keys: false,
  });
  expect((await client.drafts()).items).toMatchObject([{ draft_id: "draft_a", ...NEW_TASK }]);
  expect((await client.entities("task")).items).toEqual([]);
  await client.discardDraft("draft_a");
  await client.discardDraft("draft_a");
  expect((await client.drafts()).items).toEqual([]);
});

test("what is saved is discarded in the same step, and what is refused stays", async () => {
  await using door = await openDoor();
  const { client } = door;
  const project = await client.createEntity("project", { name: "Roof" });
  const isKept = async (): Promise<boolean> => (await client.drafts()).items.length > 0;
  const keep = () => client.keepDraft("draft_a", NEW_TASK);

  await keep();
  const taken = await door.send("POST", "/api/projects?draft_id=draft_a", { name: "Roof" });
  expect([taken.status, await isKept()]).toEqual([409, true]);
  const created = await door.send("POST", "/api/tasks?draft_id=draft_a", { title: "Call Bob" });
  expect([created.status, await isKept()]).toEqual([201, false]);
  await keep();
  const path = `/api/projects/${project.id}?draft_id=draft_a`;
  expect((await door.send("PATCH", path, { name: "Roof, new" })).status).toBe(200);
  expect(await isKept()).toBe(false);
});

test("a key that is typed into the settings is not in the journal, and everything else is kept", async () => {
  await using door = await openDoor({ yaml: "model: { api_key: sk-of-the-file-0123456789 }\n" });
  const { client } = door;
  const shown = (await client.config()).text ?? "";
  expect(shown).toContain("api_key: (hidden 1)");
  const typed = `${shown}# a note of mine\n`
    .replace("- { id: mail,", "- { id: mail, model: { api_key: short-key },")
    .replace("version: 1", "version: 1 # sk-typed-into-a-comment-0123");
  const texts = {
    text: typed,
    "agents.0.name": "Post",
    "agents.0.model.api_key": "another-key",
    "model.base_url": "https://ada:pass-word@llm.example/v1",
    "agents.1.model.api_key": "${MAIL_KEY}",
  };
  const form = { page: "/settings", form: "config.yaml", texts, before: {} };
  expect(await client.keepDraft("draft_c", form)).toMatchObject({ without_keys: true });
  const [kept] = (await client.drafts()).items;
  expect(kept?.texts).toEqual({
    text: typed
      .replace("short-key", "(hidden 0)")
      .replace("sk-typed-into-a-comment-0123", "(hidden 0)"),
    "agents.0.name": "Post",
    "agents.1.model.api_key": "${MAIL_KEY}",
  });
  const journal = ["", "-wal"].map((end) => readFileSync(door.home.file(`agent-runner.db${end}`)));
  for (const key of ["short-key", "sk-typed", "another-key", "pass-word", "sk-of-the-file"]) {
    expect([key, journal.some((bytes) => bytes.includes(key))]).toEqual([key, false]);
  }
  // Without the key, the text cannot be saved by mistake.
  expect((await client.checkConfig(kept?.texts["text"] ?? "")).issues).not.toEqual([]);
});

test("a text of the settings in which no key can be recognized is refused, and the draft stays as it was", async () => {
  await using door = await openDoor();
  const { client } = door;
  const form = { page: "/settings", form: "config.yaml", before: {} };
  await client.keepDraft("draft_c", { ...form, texts: { text: "version: 1\n" } });
  await expect(
    client.keepDraft("draft_c", { ...form, texts: { text: "model: { api_key: [sk-1" } }),
  ).rejects.toMatchObject({ code: "config_invalid" });
  expect((await client.drafts()).items).toMatchObject([{ texts: { text: "version: 1\n" } }]);
});
