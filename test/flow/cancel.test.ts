import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { hang, startScriptedServer } from "../helper/scripted-server.ts";

test("what was cancelled waits until it is asked for, whatever else there is to look at meanwhile", async () => {
  using folder = testFolder({ "in/a.md": "# A\n", "in/b.md": "# B\n", "in/c.md": "# C\n" });
  let isHeld = true;
  await using server = await startScriptedServer((request) =>
    isHeld ? hang() : answerDocument(request),
  );
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, settle_seconds: 0, directories: [{ path: "${folder.file("in")}" }] }]
`,
  );
  const { client } = daemon;
  const waiting = async (): Promise<string[]> => {
    const { items } = await client.files({ state: "pending" });
    return items.map(({ path, reason }) => `${path.slice(-4)} ${reason}`);
  };
  await waitFor("a request arrives", () => server.requests.length === 1);
  const [run] = (await client.runs()).items;
  await client.cancelRun(run?.run_id ?? "");
  isHeld = false;
  const all = ["a.md cancelled", "b.md cancelled", "c.md cancelled"];
  await waitFor("all files wait", async () => (await waiting()).join() === all.join());

  folder.write("in/new.md", "# New\n");
  await waitFor("the new file is done", async () => {
    const { items } = await client.files({ path: folder.file("in/new.md") });
    return items[0]?.state === "done";
  });
  expect(await waiting()).toEqual(all);
  const asked = server.requests.slice(1).map((request) => readDocument(request).file);
  expect(new Set(asked)).toEqual(new Set(["new.md"]));
  await daemon.endedRun(2);
  expect(await daemon.run("test")).toMatchObject({ status: "success", files: { processed: 3 } });
});
