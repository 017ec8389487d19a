import { copyFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";

const agentOn = (directory: string, more = ""): string =>
  `agents: [{ id: test, settle_seconds: 0, resettle_seconds: 0, ${more} directories: [{ path: "${directory}", watch: false }] }]`;

const WEEKLY = "# Weekly\n\n- [ ] Call Ann\n";
const COPIES = [
  "weekly.sync-conflict-20261130-101500-ABCDEFG.md",
  "weekly (Ada's conflicted copy 2026-11-30).md",
];

async function tasksOf({ client }: TestDaemon): Promise<string[]> {
  return (await client.entities("task")).items.map(({ title }) => title).toSorted();
}

async function stateOf({ client }: TestDaemon, file: string): Promise<string> {
  const [found] = (await client.files({ path: file })).items;
  return `${found?.state}: ${found?.reason}`;
}

const conflictsOf = async ({ client }: TestDaemon) =>
  (await client.status()).problems.filter(({ code }) => code === "conflict_copy");

test.each(COPIES)(
  "%s beside its original is skipped, named, and read once it is settled",
  async (name) => {
    using folder = testFolder({ "in/weekly.md": WEEKLY });
    await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
    await daemon.run("test");
    // As Syncthing does: the old version gets the mark, the new one the name.
    renameSync(folder.file("in/weekly.md"), folder.file(`in/${name}`));
    folder.write("in/weekly.md", `${WEEKLY}- [ ] Call Bob\n`);
    await daemon.run("test");
    expect(await stateOf(daemon, folder.file(`in/${name}`))).toBe("skipped: conflict_copy");
    expect(await tasksOf(daemon)).toEqual(["Call Ann", "Call Bob"]);
    const [problem, ...others] = await conflictsOf(daemon);
    expect(others).toEqual([]);
    // It does not wait, so it is not counted among the files that do.
    expect(problem).toMatchObject({ agent_id: "test" });
    expect(problem).not.toHaveProperty("files");
    expect(problem?.message).toContain(folder.file(`in/${name}`));
    expect(problem?.message).toContain(`${folder.file("in/weekly.md")}.`);
    expect(await daemon.run("test")).toMatchObject({ files: { skipped: 1, unchanged: 1 } });

    renameSync(folder.file(`in/${name}`), folder.file("in/mine.md"));
    await daemon.run("test");
    expect(await stateOf(daemon, folder.file("in/mine.md"))).toBe("done: null");
    expect(await conflictsOf(daemon)).toEqual([]);
  },
);

test("a conflict copy with the text of its original joins it, and is skipped once the texts differ", async () => {
  using folder = testFolder({ "in/weekly.md": WEEKLY });
  const [name = ""] = COPIES;
  const copy = folder.file(`in/${name}`);
  copyFileSync(folder.file("in/weekly.md"), copy);
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  await daemon.run("test");
  expect(await stateOf(daemon, copy)).toBe("done: null");
  expect(await tasksOf(daemon)).toEqual(["Call Ann"]);
  // Of equal size.
  folder.write(`in/${name}`, WEEKLY.replace("Ann", "Eve"));
  await daemon.run("test");
  expect(await stateOf(daemon, copy)).toBe("skipped: conflict_copy");
  expect(await tasksOf(daemon)).toEqual(["Call Ann"]);
  rmSync(folder.file("in/weekly.md"));
  await daemon.run("test");
  expect(await stateOf(daemon, copy)).toBe("done: null");
});

test.each<[why: string, files: Record<string, string>, more: string]>([
  ["its original is not there", {}, ""],
  ["its original is a directory", { "weekly.md/a.txt": "A" }, ""],
  ["the agent does not read its original", { "weekly.md": WEEKLY + WEEKLY }, "max_file_bytes: 40,"],
  ["the agent reads conflict copies", { "weekly.md": WEEKLY }, "conflict_copies: read,"],
])("a conflict copy is read if %s", async (_, files, more) => {
  const copy = "weekly (conflicted copy).md";
  const inside = Object.entries({ ...files, [copy]: "# Mine\n\n- [ ] Call Cem\n" });
  using folder = testFolder(
    Object.fromEntries(inside.map(([name, text]) => [path.join("in", name), text])),
  );
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in"), more));
  await daemon.run("test");
  expect(await stateOf(daemon, folder.file(`in/${copy}`))).toBe("done: null");
  expect(await tasksOf(daemon)).toContain("Call Cem");
});
