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
  expect(paths).toEqual(
    ["copy.md", "renamed.md", "weekly.md"].map((name) => folder.file(`in/${name}`)),
  );
  const files = (await daemon.client.files()).items.map(({ path, state }) => [path, state]);
  expect(files).toContainEqual([folder.file("in/weekly.md"), "gone"]);
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
