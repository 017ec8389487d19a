import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

function agentOn(directory: string): string {
  return `agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]`;
}

test("a task is explained by passage, model, run, history and conversation", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy  paint\n- [ ] Call Ann\n" });
  await using server = await startScriptedServer((request) => answerDocument(request));
  await using daemon = await startTestDaemon(
    folder,
    `model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
${agentOn(folder.file("in"))}`,
  );
  const { client } = daemon;
  const run = await daemon.run("test");
  const tasks = (await client.entities("task")).items;
  const id = tasks.find(({ title }) => title === "Buy  paint")?.id ?? "";
  await client.editEntity("task", id, { due_date: "2026-12-24" });

  const explained = await client.explain(id);
  expect(explained).toMatchObject({
    entity_type: "task",
    entity: { id, due_date: "2026-12-24", user_edited: ["due_date"] },
    deleted: null,
    sources: [
      {
        path: folder.file("in/plan.md"),
        state: "done",
        run_id: run.run_id,
        agent_id: "test",
        verified: true,
        model: { provider: "openai", name: "scripted" },
        passage: { before: "# Plan\n\n- [ ] ", quote: "Buy  paint", after: "\n- [ ] Call Ann\n" },
      },
    ],
    history: [
      {
        actor: "user",
        op: "update",
        before: { due_date: null },
        after: { due_date: "2026-12-24" },
      },
      { actor: "test", op: "create", run_id: run.run_id, state: "applied", quote: "Buy  paint" },
    ],
    runs: [{ run_id: run.run_id, status: "success" }],
    left_out: { sources: 0, history: 0 },
  });
  const [conversation] = explained.conversations;
  expect(conversation?.job_id).toBe(explained.sources[0]?.job_id);
  const requests = conversation?.attempts.flatMap((attempt) => attempt.requests);
  expect(requests).toHaveLength(2);
  expect(JSON.stringify(requests?.[0]?.reply)).toContain("create_task");
  expect(requests?.[0]?.tool_results?.length).toBeGreaterThan(0);
});

test("what was taken back is explained, with the undo that did it; what never was is not found", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint\n" });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const { client } = daemon;
  const run = await daemon.run("test");
  const [note] = (await client.entities("note")).items;
  const { undo_id } = await client.undoRun(run.run_id);
  expect(await client.explain(note?.id ?? "")).toMatchObject({
    entity_type: "note",
    deleted: { by: "undo" },
    sources: [],
    history: [{ op: "create", state: "undone", undo_id, undone_at: expect.any(String) }],
  });
  await expect(client.explain("task_never")).rejects.toMatchObject({ code: "entity_not_found" });
});

test("the rules are named as what they are, and copies share one conversation", async () => {
  const text = "---\nproject: Apollo\n---\n# Weekly\n\n- [ ] Buy paint\n";
  using folder = testFolder({ "in/a.md": text, "in/b.md": text });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  await daemon.run("test");
  const [project] = (await daemon.client.entities("project")).items;
  const explained = await daemon.client.explain(project?.id ?? "");
  expect(explained.sources.map(({ model }) => model?.provider)).toEqual(["rules", "rules"]);
  expect(explained.conversations).toHaveLength(1);
});
