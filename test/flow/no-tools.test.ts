import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { reply, startScriptedServer, status } from "../helper/scripted-server.ts";

function configFor(url: string, directory: string, model = ""): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null${model} }
agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]
`;
}

const listed = (fields: object) => ({ "/v1/models": { data: [{ id: "scripted", ...fields }] } });
const template = (supports_tools: boolean) => ({
  "/props": {
    default_generation_settings: { n_ctx: 32_768 },
    chat_template_caps: { supports_tools },
  },
});

test.each<[string, Record<string, unknown>, string]>([
  ["llama.cpp", template(false), ""],
  ["llama.cpp, its window in the config", template(false), ", context_tokens: 32768"],
  ["Ollama", { "/api/show": { capabilities: ["completion"] }, "/api/ps": { models: [] } }, ""],
  [
    "LiteLLM",
    {
      "/model/info": {
        data: [
          {
            model_name: "scripted",
            model_info: { supports_function_calling: false, max_input_tokens: 32_768 },
          },
        ],
      },
    },
    "",
  ],
  ["OpenRouter", listed({ supported_parameters: ["temperature"], context_length: 32_768 }), ""],
  [
    "Mistral",
    listed({ capabilities: { function_calling: false }, max_context_length: 32_768 }),
    "",
  ],
])(
  "a model without tools at %s is not used: its files wait with the reason, unless it is forced",
  async (_, pages, more) => {
    using folder = testFolder({ "in/a.md": "# A\n", "in/b.md": "# B\n" });
    await using server = await startScriptedServer(answerDocument, { pages });
    await using daemon = await startTestDaemon(
      folder,
      configFor(server.url, folder.file("in"), more),
    );
    expect(await daemon.run("test")).toMatchObject({
      files: { processed: 0, pending: 2, failed: 0 },
      usage: { requests: 0 },
      error: { code: "no_tool_calling" },
    });
    expect(server.requests).toEqual([]);
    const { items } = await daemon.client.files({ state: "pending" });
    expect(items.map(({ reason }) => reason)).toEqual(["no_tool_calling", "no_tool_calling"]);
    expect((await daemon.client.status()).problems).toMatchObject([
      {
        code: "no_tool_calling",
        agent_id: "test",
        files: 2,
        hint: expect.stringContaining("force_model"),
      },
    ]);
    daemon.configure(configFor(server.url, folder.file("in"), `${more}, force_model: true`));
    await waitFor("the files are done", async () => {
      await daemon.run("test").catch(() => {});
      return (await daemon.client.files({ state: "done" })).items.length === 2;
    });
    expect((await daemon.client.status()).problems).toEqual([]);
  },
);

test("a server that refuses tools is asked once for a run, not once for each file", async () => {
  using folder = testFolder({ "in/a.md": "# A\n", "in/b.md": "# B\n", "in/c.md": "# C\n" });
  const message = "registry.ollama.ai/library/scripted does not support tools";
  await using server = await startScriptedServer(() => status(400, { error: { message } }));
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  expect(await daemon.run("test")).toMatchObject({
    files: { pending: 3 },
    error: { code: "no_tool_calling" },
  });
  expect(server.requests).toHaveLength(1);
});

test("a server that knows schemas and no tools is asked for calls by a schema, and they are recorded", async () => {
  using folder = testFolder({ "in/a.md": "# Plan\n\n- [ ] Order paint\n" });
  const noTools = {
    "/props": {
      default_generation_settings: { n_ctx: 32_768 },
      chat_template_caps: { supports_tools: false },
    },
  };
  await using server = await startScriptedServer(
    ({ body }) => {
      if ("tools" in body) return status(500, { error: { message: "tools" } });
      const isAnswered = body.messages.some(({ role }) => role === "assistant");
      const calls = [
        { name: "create_task", arguments: { title: "Order paint", quote: "Order paint" } },
      ];
      return reply({ content: JSON.stringify({ calls: isAnswered ? [] : calls }) });
    },
    { pages: noTools },
  );
  const config = configFor(server.url, folder.file("in"), ", calls: json_schema");
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.run("test")).toMatchObject({
    status: "success",
    outcomes: { recorded: 1 },
    usage: { requests: 2 },
  });
  const tasks = (await daemon.client.entities("task")).items;
  expect(tasks.map(({ title }) => title)).toEqual(["Order paint"]);
  expect((await daemon.client.status()).problems).toEqual([]);
});
