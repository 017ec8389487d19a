import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";

function agentOn(directory: string): string {
  return `agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]`;
}

test("a backup is a whole, private copy in one file, from which a home can be restored", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Buy paint\n" });
  const config = agentOn(folder.file("in"));
  let made = "";
  {
    await using daemon = await startTestDaemon(folder, config);
    await daemon.run("test");
    const backup = await daemon.client.backUp();
    made = backup.path;
    expect(made).toMatch(/\/home\/backups\/agent-runner-\d{4}-\d\d-\d\dT[\d-]+\.\d{3}Z\.db$/u);
    expect(backup.size_bytes).toBe(statSync(made).size);
    expect(statSync(made).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.file("home/backups"))).toHaveLength(1);
    // What comes later is not in it.
    await daemon.client.createEntity("task", { title: "Later" });
  }
  const restored = testFolder({ "home/agent-runner.db": readFileSync(made) });
  using _restored = restored;
  await using daemon = await startTestDaemon(restored, config);
  const { items } = await daemon.client.entities("task");
  expect(items.map(({ title }) => title)).toEqual(["Buy paint"]);
  expect((await daemon.run("test")).files).toMatchObject({ found: 1, unchanged: 1 });
});

test("the daemon writes on while it is copied, and the copy is of one instant", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const { client } = daemon;
  // Two that are made in one go each time: in a copy of one instant their numbers differ by one at most.
  let isCopied = false;
  const backup = client.backUp().finally(() => {
    isCopied = true;
  });
  let written = 0;
  while (!isCopied) {
    await client.createEntity("task", { title: `Task ${written}` });
    await client.createEntity("note", { title: `Note ${written}` });
    written += 1;
  }
  const { path } = await backup;
  expect(written).toBeGreaterThan(1);
  const copy = new Database(path, { readonly: true });
  const count = (table: string) =>
    Number(copy.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  expect(copy.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(copy.pragma("foreign_key_check")).toEqual([]);
  expect([0, 1]).toContain(count("tasks") - count("notes"));
  expect(count("tasks")).toBeLessThanOrEqual(written);
  copy.close();
});

test("a backup takes the place of no file, and leaves nothing behind where it fails", async () => {
  using folder = testFolder({ "in/a.md": "# A\n", "out/mine.db": "mine" });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const { client } = daemon;
  await expect(client.backUp({ path: folder.file("out/mine.db") })).rejects.toMatchObject({
    code: "backup_exists",
  });
  expect(readFileSync(folder.file("out/mine.db"), "utf8")).toBe("mine");
  await expect(client.backUp({ path: folder.file("nowhere/a.db") })).rejects.toMatchObject({
    code: "backup_failed",
    message: `There is no directory ${folder.file("nowhere")} to copy into.`,
  });
  await expect(client.backUp({ path: "a.db" })).rejects.toMatchObject({ code: "invalid_request" });
  // The journal itself is a file as any other.
  await expect(client.backUp({ path: folder.file("home/agent-runner.db") })).rejects.toMatchObject({
    code: "backup_exists",
  });
  // One that turns up while it is copied stays as well.
  const path = folder.file("out/new.db");
  const late = client.backUp({ path });
  await expect
    .poll(() => readdirSync(folder.file("out")).some((name) => name.endsWith(".partial")), {
      interval: 1,
    })
    .toBe(true);
  writeFileSync(path, "mine too");
  await expect(late).rejects.toMatchObject({ code: "backup_exists" });
  expect(readFileSync(path, "utf8")).toBe("mine too");
  expect(readdirSync(folder.file("out")).toSorted()).toEqual(["mine.db", "new.db"]);
  // A directory is a place for one.
  const inDirectory = await client.backUp({ path: folder.file("out") });
  expect(inDirectory.path.startsWith(`${folder.file("out")}/agent-runner-`)).toBe(true);
});

test("what a process that died left of a copy is cleared away, and nothing else", async () => {
  using folder = testFolder({
    "in/a.md": "# A\n",
    "home/backups/.backup_0123.partial": "half",
    "home/backups/.backup_0123.partial-journal": "half",
    "home/backups/mine.db": "mine",
  });
  await using _daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  expect(readdirSync(folder.file("home/backups"))).toEqual(["mine.db"]);
});

test("a daemon that stops ends a backup under way, and leaves nothing of it", async () => {
  using folder = testFolder({ "in/a.md": "# A\n", "out/.keep": "" });
  const daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const ended = daemon.client.backUp({ path: folder.file("out/new.db") }).then(
    () => "made",
    () => "ended",
  );
  await expect
    .poll(() => readdirSync(folder.file("out")).some((name) => name.endsWith(".partial")), {
      interval: 1,
    })
    .toBe(true);
  await daemon[Symbol.asyncDispose]();
  expect(await ended).toBe("ended");
  expect(readdirSync(folder.file("out"))).toEqual([".keep"]);
});
