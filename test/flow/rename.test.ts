import { renameSync, utimesSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer, type Step } from "../helper/scripted-server.ts";

test("a file that was edited, and renamed while it waited, is updated and not doubled", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n" });
  const held = Promise.withResolvers<void>();
  let isHeld = false;
  await using server = await startScriptedServer(async (request): Promise<Step> => {
    if (readDocument(request).file === "b.md") {
      isHeld = true;
      await held.promise;
    }
    return answerDocument(request);
  });
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, settle_seconds: 0, resettle_seconds: 0, directories: [{ path: "${folder.file("in")}", watch: false }] }]
`,
  );
  await daemon.run("test");
  folder.write("in/a.md", "# A\n\n- [ ] Do a\n- [ ] Do more\n");
  utimesSync(folder.file("in/a.md"), 1_700_000_000, 1_700_000_000);
  folder.write("in/b.md", "# B\n");
  const { run_id } = await daemon.client.trigger("test");
  await waitFor("the newer file is worked on", () => isHeld);
  renameSync(folder.file("in/a.md"), folder.file("in/z.md"));
  held.resolve();
  expect(await daemon.ended(run_id)).toMatchObject({ files: { processed: 1, pending: 1 } });
  expect(await daemon.run("test")).toMatchObject({ status: "success" });
  const tasks = (await daemon.client.entities("task")).items;
  expect(tasks.map(({ title, sources }) => [title, sources.map(({ path }) => path)])).toEqual([
    ["Do more", [folder.file("in/z.md")]],
    ["Do a", [folder.file("in/z.md")]],
  ]);
});
