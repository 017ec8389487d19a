import { copyFileSync, renameSync, rmSync, utimesSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";

const MEETING = `---
project: Apollo
---
# Weekly meeting

- [ ] Send the budget to Ann, due 2026-12-01
- [x] Book the room
`;

/** An agent that is asked by hand only. */
function agentOn(directory: string): string {
  return `agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]`;
}

test("a Markdown file becomes a project, tasks and a note, each with its source", async () => {
  using folder = testFolder({ "in/weekly.md": MEETING });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const run = await daemon.run("test");
  expect(run).toMatchObject({
    status: "success",
    trigger: "manual",
    files: { found: 1, processed: 1, unchanged: 0, failed: 0, skipped: 0, pending: 0 },
    entities: { created: 4 },
    usage: { requests: 0, cost_usd: 0 },
  });
  const [project] = (await daemon.client.entities("project")).items;
  const tasks = (await daemon.client.entities("task")).items;
  const source = { path: folder.file("in/weekly.md"), run_id: run.run_id, verified: true };
  expect(project?.name).toBe("Apollo");
  expect(tasks).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        title: "Send the budget to Ann",
        due_date: "2026-12-01",
        status: "open",
        project_id: project?.id,
        created_by: "test",
        sources: [expect.objectContaining(source)],
      }),
      expect.objectContaining({ title: "Book the room", status: "done" }),
    ]),
  );
  expect((await daemon.client.entities("note")).items).toHaveLength(1);
});

test("what was done costs nothing again: run again, touched, copied, renamed, restarted", async () => {
  using folder = testFolder({ "in/weekly.md": MEETING });
  const config = agentOn(folder.file("in"));
  {
    await using daemon = await startTestDaemon(folder, config);
    await daemon.run("test");
    const unchanged = { found: 1, unchanged: 1, processed: 0 };
    expect((await daemon.run("test")).files).toMatchObject(unchanged);
    utimesSync(folder.file("in/weekly.md"), new Date(), new Date());
    expect((await daemon.run("test")).files).toMatchObject(unchanged);
  }
  await using daemon = await startTestDaemon(folder, config);
  copyFileSync(folder.file("in/weekly.md"), folder.file("in/copy.md"));
  expect((await daemon.run("test")).files).toMatchObject({ found: 2, unchanged: 2 });
  renameSync(folder.file("in/weekly.md"), folder.file("in/renamed.md"));
  expect((await daemon.run("test")).files).toMatchObject({ found: 2, unchanged: 2 });

  const tasks = (await daemon.client.entities("task")).items;
  expect(tasks).toHaveLength(2);
  const paths = tasks[0]?.sources.map(({ path }) => path).toSorted();
  expect(paths).toEqual(["copy.md", "renamed.md"].map((name) => folder.file(`in/${name}`)));
});

test("a file keeps its id under a new name, and so does each in a directory that moves", async () => {
  using folder = testFolder({ "in/sub/a.md": "# A\n", "in/sub/b.md": "# B\n" });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const ids = async (): Promise<string[][]> =>
    (await daemon.client.files()).items.map(({ file_id, path, state }) => [
      file_id,
      path.slice(folder.file("in").length + 1),
      state,
    ]);
  await daemon.run("test");
  const [a, b] = await ids();
  renameSync(folder.file("in/sub"), folder.file("in/moved"));
  renameSync(folder.file("in/moved/a.md"), folder.file("in/a.md"));
  expect((await daemon.run("test")).files).toMatchObject({ found: 2, unchanged: 2 });
  expect(await ids()).toEqual([
    [a?.[0], "a.md", "done"],
    [b?.[0], "moved/b.md", "done"],
  ]);
});

test("a file that goes back to what it was has its entities back as they were, but for the user's edits", async () => {
  const text = (due: string, priority = ""): string =>
    `# Plan\n\n- [ ] Paint the fence, due ${due}\n- [ ] Buy paint${priority}\n`;
  using folder = testFolder({ "in/plan.md": text("2026-12-01") });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const { client } = daemon;
  const tasks = async () =>
    (await client.entities("task")).items
      .map(({ title, due_date, priority }) => `${title}: ${due_date} ${priority}`)
      .toSorted();
  await daemon.run("test");
  const before = await tasks();
  folder.write("in/plan.md", text("2026-12-24", " !!!"));
  await daemon.run("test");
  expect(await tasks()).not.toEqual(before);
  const buy = (await client.entities("task")).items.find(({ title }) => title === "Buy paint");
  await client.editEntity("task", buy?.id ?? "", { priority: "low" });
  folder.write("in/plan.md", text("2026-12-01"));
  expect(await daemon.run("test")).toMatchObject({
    files: { unchanged: 1, processed: 0 },
    entities: { updated: 2 },
  });
  expect(await tasks()).toEqual(["Buy paint: null low", "Paint the fence: 2026-12-01 normal"]);
});

test("what rests on a deleted file alone is kept, or retired where the agent says so", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Paint the fence\n" });
  const agent = `{ id: test, on_delete: retire, directories: [{ path: "${folder.file("in")}", watch: false }] }`;
  await using daemon = await startTestDaemon(folder, `agents: [${agent}]`);
  await daemon.run("test");
  const content = "# Plan\n\n- [ ] Paint the fence\n";
  rmSync(folder.file("in/plan.md"));
  expect(await daemon.run("test")).toMatchObject({ entities: { retired: 2 } });
  const [task] = (await daemon.client.entities("task")).items;
  expect(task?.status).toBe("cancelled");
  folder.write("in/plan.md", content);
  expect(await daemon.run("test")).toMatchObject({ files: { unchanged: 1 } });
  expect((await daemon.client.entities("task")).items).toMatchObject([{ status: "open" }]);
});

test("a file that is moved while its two directories are looked at one after the other keeps its id and its tasks", async () => {
  using folder = testFolder({
    "old/plan.md": "# Plan\n\n- [ ] Paint the fence\n",
    "new/a.md": "# A\n",
  });
  const [from, to] = [folder.file("old"), folder.file("new")];
  const agent = `{ id: test, on_delete: retire, directories: [{ path: "${from}", watch: false }, { path: "${to}", watch: false }] }`;
  await using daemon = await startTestDaemon(folder, `agents: [${agent}]`);
  const { client } = daemon;
  await daemon.run("test");
  const [before] = (await client.files({ path: from })).items;
  renameSync(folder.file("old/plan.md"), folder.file("new/plan.md"));
  await daemon.run("test", { paths: [from] });
  expect((await client.entities("task")).items).toMatchObject([{ status: "cancelled" }]);
  expect(await daemon.run("test", { paths: [to] })).toMatchObject({ files: { unchanged: 2 } });
  expect((await client.files({ path: from })).items).toEqual([]);
  const [, after] = (await client.files({ path: to })).items;
  expect(after).toMatchObject({ file_id: before?.file_id, state: "done" });
  expect((await client.entities("task")).items).toMatchObject([{ status: "open" }]);
});

test("what was retired is open again when another file turns up that says it", async () => {
  const [first, second] = ["# Plan\n\n- [ ] Paint the fence\n", "# Plan\n\n- [ ] Buy paint\n"];
  using folder = testFolder({ "in/plan.md": first });
  const agent = `{ id: test, on_delete: retire, directories: [{ path: "${folder.file("in")}", watch: false }] }`;
  await using daemon = await startTestDaemon(folder, `agents: [${agent}]`);
  await daemon.run("test");
  folder.write("in/plan.md", second);
  await daemon.run("test");
  rmSync(folder.file("in/plan.md"));
  await daemon.run("test");
  folder.write("in/backup.md", first);
  expect(await daemon.run("test")).toMatchObject({ files: { unchanged: 1 } });
  const tasks = (await daemon.client.entities("task")).items;
  expect(Object.fromEntries(tasks.map(({ title, status }) => [title, status]))).toEqual({
    "Paint the fence": "open",
    "Buy paint": "cancelled",
  });
});

test("two files of the same content that arrive together are done once", async () => {
  using folder = testFolder({ "in/a.md": MEETING, "in/b.md": MEETING });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const run = await daemon.run("test");
  expect(run.files).toMatchObject({ found: 2, processed: 1, unchanged: 1 });
  const [task] = (await daemon.client.entities("task")).items;
  expect(task?.sources).toHaveLength(2);
});

test("a changed file updates what it made, and leaves alone what the user edited or deleted", async () => {
  using folder = testFolder({ "in/weekly.md": MEETING });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const { client } = daemon;
  await daemon.run("test");
  const byTitle = async (title: string) =>
    (await client.entities("task")).items.find((task) => task.title === title);
  const budget = await byTitle("Send the budget to Ann");
  const room = await byTitle("Book the room");
  await client.editEntity("task", budget?.id ?? "", { status: "done" });
  await client.deleteEntity("task", room?.id ?? "");

  folder.write("in/weekly.md", `${MEETING.replace("2026-12-01", "2026-12-05")}- [ ] Call Bob\n`);
  const run = await daemon.run("test");
  expect(run).toMatchObject({ files: { processed: 1 }, entities: { created: 1 } });
  const tasks = (await client.entities("task")).items.map(({ title, status, due_date }) => ({
    title,
    status,
    due_date,
  }));
  expect(tasks).toEqual([
    { title: "Call Bob", status: "open", due_date: null },
    { title: "Send the budget to Ann", status: "done", due_date: "2026-12-05" },
  ]);
});

test("verify accounts for every file on the disk, and names the one no scan has seen", async () => {
  using folder = testFolder({
    "in/weekly.md": MEETING,
    "in/empty.md": "",
    "in/photo.jpg": "\u00ff\u00d8\u00ff",
    "in/node_modules/x/README.md": "# X",
  });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  await daemon.run("test");
  expect(await daemon.client.verify()).toMatchObject({
    complete: true,
    directories: [
      {
        online: true,
        on_disk: 3,
        done: 1,
        skipped: 2,
        unaccounted: [],
        ignored: [{ path: folder.file("in/node_modules") }],
      },
    ],
  });
  const late = folder.write("in/late.md", "# Late");
  expect(await daemon.client.verify()).toMatchObject({
    complete: false,
    directories: [{ on_disk: 4, unaccounted: [late] }],
  });
});

test("what changed while no daemon ran is found at its start", async () => {
  using folder = testFolder({ "in/weekly.md": MEETING });
  const config = `agents: [{ id: test, directories: [{ path: "${folder.file("in")}" }], settle_seconds: 0, resettle_seconds: 0 }]`;
  {
    await using daemon = await startTestDaemon(folder, config);
    expect((await daemon.endedRun(1)).trigger).toBe("startup");
  }
  folder.write("in/other.md", "# Other\n\n- [ ] Write to Eve\n");
  rmSync(folder.file("in/weekly.md"));
  await using daemon = await startTestDaemon(folder, config);
  const run = await daemon.endedRun(2);
  expect(run.trigger).toBe("startup");
  expect(run.files).toMatchObject({ processed: 1, failed: 0 });
  expect((await daemon.client.files()).items.map(({ state }) => state)).toEqual(["done", "gone"]);
});
