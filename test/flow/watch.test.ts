import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";

function agentOn(directory: string): string {
  const settle = "settle_seconds: 0.1, resettle_seconds: 0.1";
  return `agents: [{ id: test, ${settle}, directories: [{ path: "${directory}" }] }]`;
}

function fileBecomes(daemon: TestDaemon, path: string, state: string): Promise<true> {
  return waitFor(`${path} becomes ${state}`, async () => {
    const { items } = await daemon.client.files({ path });
    return items.some((file) => file.path === path && file.state === state);
  });
}

test("whatever happens below a watched directory is noticed by itself", async () => {
  using folder = testFolder({ "in/first.md": "# First\n" });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  await fileBecomes(daemon, folder.file("in/first.md"), "done");

  await fileBecomes(daemon, folder.write("in/new.md", "# New\n\n- [ ] Do it\n"), "done");
  await fileBecomes(daemon, folder.write("in/deep/er/sub.md", "# Sub\n"), "done");

  const before = (await daemon.client.files({ path: folder.file("in/new.md") })).items[0];
  appendFileSync(folder.file("in/new.md"), "- [ ] And this\n");
  await waitFor("the new task is there", async () => {
    const { items } = await daemon.client.entities("task");
    return items.some(({ title }) => title === "And this");
  });

  folder.write("in/.new.md.tmp", "# Saved\n");
  renameSync(folder.file("in/.new.md.tmp"), folder.file("in/new.md"));
  await waitFor("the saved content is known", async () => {
    const [now] = (await daemon.client.files({ path: folder.file("in/new.md") })).items;
    return now?.state === "done" && now.hash !== before?.hash;
  });

  renameSync(folder.file("in/deep"), folder.file("in/moved"));
  await fileBecomes(daemon, folder.file("in/moved/er/sub.md"), "done");
  rmSync(folder.file("in/first.md"));
  await fileBecomes(daemon, folder.file("in/first.md"), "gone");

  const triggers = (await daemon.client.runs()).items.map(({ trigger }) => trigger);
  expect(new Set(triggers)).toEqual(new Set(["startup", "watch"]));
  expect(await daemon.client.verify()).toMatchObject({ complete: true });
});

test("a directory that is not watched is not read with the watched one around it, but by hand", async () => {
  using folder = testFolder({ "in/a.md": "# A\n", "in/apart/b.md": "# B\n" });
  const inner = `{ path: "${folder.file("in/apart")}", watch: false }`;
  await using daemon = await startTestDaemon(
    folder,
    agentOn(folder.file("in")).replace("directories: [", `directories: [${inner}, `),
  );
  expect(await daemon.endedRun(1)).toMatchObject({ trigger: "startup", files: { found: 1 } });
  expect(await daemon.run("test", { paths: [folder.file("in")] })).toMatchObject({
    files: { found: 2, unchanged: 1, processed: 1 },
  });
});

test("a directory that is not there yet is watched once it is", async () => {
  using folder = testFolder();
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  await waitFor("the problem is said", async () => {
    const { problems } = await daemon.client.status();
    return problems.some(({ code }) => code === "directory_missing");
  });
  mkdirSync(folder.file("in"));
  await fileBecomes(daemon, folder.write("in/a.md", "# A\n"), "done");
  const { problems } = await waitFor("the problem is gone", async () => {
    const status = await daemon.client.status();
    return status.problems.length === 0 && status;
  });
  expect(problems).toEqual([]);
});

test("a directory that was away when the agent ran is no problem any more when it is back", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  await fileBecomes(daemon, folder.file("in/a.md"), "done");
  renameSync(folder.file("in"), folder.file("away"));
  expect(await daemon.run("test")).toMatchObject({ error: { code: "directory_missing" } });
  renameSync(folder.file("away"), folder.file("in"));
  await waitFor("the problem is gone", async () => {
    return (await daemon.client.status()).problems.length === 0;
  });
});

test.skipIf(process.getuid?.() === 0)(
  "a directory that must not be read is a problem until it may be, and its files are done then",
  async () => {
    using folder = testFolder({ "in/a.md": "# A\n", "in/closed/b.md": "# B\n" });
    const closed = folder.file("in/closed");
    chmodSync(closed, 0o000);
    try {
      await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
      await fileBecomes(daemon, folder.file("in/a.md"), "done");
      await fileBecomes(daemon, folder.write("in/c.md", "# C\n"), "done");
      const { problems } = await daemon.client.status();
      expect(problems).toMatchObject([{ code: "directory_unreadable" }]);
      chmodSync(closed, 0o700);
      await fileBecomes(daemon, folder.file("in/closed/b.md"), "done");
      expect((await daemon.client.status()).problems).toEqual([]);
    } finally {
      chmodSync(closed, 0o700);
    }
  },
);
