import { expect, test } from "vitest";
import { hurriedClock, startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";

test("a start removes texts and conversations that are older than the config wants; the file stays done", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Buy paint\n" });
  const config = `
retention: { conversation_days: 30 }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]`;
  {
    await using daemon = await startTestDaemon(folder, config);
    await daemon.run("test");
    const [file] = (await daemon.client.files()).items;
    expect((await daemon.client.file(file?.file_id ?? "")).text).toContain("Buy paint");
  }
  const clock = hurriedClock();
  clock.jump(31 * 86_400_000);
  {
    // A date that is so far ahead may be wrong: it is believed when it stays for a day.
    await using daemon = await startTestDaemon(folder, undefined, clock);
    const [file] = (await daemon.client.files()).items;
    expect((await daemon.client.file(file?.file_id ?? "")).text).toContain("Buy paint");
  }
  clock.jump(86_400_000);
  await using daemon = await startTestDaemon(folder, undefined, clock);
  const { client } = daemon;
  const [file] = (await client.files()).items;
  await expect
    .poll(async () => (await client.file(file?.file_id ?? "")).attempts[0]?.requests[0]?.reply)
    .toBeNull();
  expect(await client.file(file?.file_id ?? "")).toMatchObject({ state: "done", text: null });
  expect((await daemon.run("test")).files).toMatchObject({ unchanged: 1 });
  const [task] = (await client.entities("task")).items;
  expect(await client.explain(task?.id ?? "")).toMatchObject({
    sources: [{ quote: expect.stringContaining("Buy paint"), passage: null }],
  });
});
