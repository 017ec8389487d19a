import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import type { Api } from "../helper/scripted-reply.ts";
import {
  type RecordedRequest,
  type ScriptedServer,
  startScriptedServer,
  status,
  type Step,
} from "../helper/scripted-server.ts";

const DOCUMENTS = {
  "in/a.md": "# Plan\n\n- [ ] Call Ada\n- [ ] Ask Bo\n",
  "in/b.md": "# Minutes\n\nNothing to do.\n",
  "in/long.md": `# Long\n\n${Array.from({ length: 40 }, (_, index) => `- [ ] Do ${index}`).join("\n")}\n`,
};

function configFor(url: string, directory: string, more = ""): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null${more} }
agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]
`;
}

async function listEntities({ client }: TestDaemon): Promise<string[]> {
  const [notes, tasks] = [
    (await client.entities("note", { limit: 500 })).items,
    (await client.entities("task", { limit: 500 })).items,
  ];
  const line = (of: { title: string; sources: readonly { quote: string | null }[] }) =>
    `${of.title}: ${of.sources.map(({ quote }) => quote).join()}`;
  return [...notes, ...tasks].map(line).toSorted();
}

const ONLY_RESPONSES: Step = status(404, {
  error: {
    message: "This model is only supported in v1/responses and not in v1/chat/completions.",
    type: "invalid_request_error",
    param: "model",
    code: null,
  },
});
const ONLY_CHAT: Step = status(404, { detail: "Not Found" });

/** Answers over one API, and over the other from this request on. */
function served(first: Api, from = Infinity): (request: RecordedRequest) => Step {
  let count = 0;
  return (request) => {
    count += 1;
    const now = count < from ? first : first === "chat" ? "responses" : "chat";
    if (request.api === now) return answerDocument(request);
    return now === "responses" ? ONLY_RESPONSES : ONLY_CHAT;
  };
}

function start(script: (request: RecordedRequest) => Step): Promise<ScriptedServer> {
  return startScriptedServer(script, { apis: ["chat", "responses"] });
}

// Two for each short document, four for the long one.
const REPLIES = 8;

test.each<[string, (request: RecordedRequest) => Step, string, refusals: number]>([
  ["chat completions alone", served("chat"), "", 0],
  ["chat completions, as set", served("chat"), ", api: chat", 0],
  ["Responses alone", served("responses"), "", 1],
  ["Responses, as set", served("responses"), ", api: responses", 0],
  ["chat, and Responses from the fourth request on", served("chat", 4), "", 1],
  ["Responses, and chat from the fifth request on", served("responses", 5), "", 2],
])(
  "a server that serves %s gives the same entities, each reply once",
  async (_, script, more, refusals) => {
    using folder = testFolder(DOCUMENTS);
    await using plain = await startScriptedServer(answerDocument);
    using reference = testFolder(DOCUMENTS);
    const expected = await (async () => {
      await using daemon = await startTestDaemon(
        reference,
        configFor(plain.url, reference.file("in")),
      );
      await daemon.run("test");
      return await listEntities(daemon);
    })();
    await using server = await start(script);
    await using daemon = await startTestDaemon(
      folder,
      configFor(server.url, folder.file("in"), more),
    );
    expect(await daemon.run("test")).toMatchObject({
      status: "success",
      files: { processed: 3 },
      usage: { requests: REPLIES + refusals },
    });
    expect(await listEntities(daemon)).toEqual(expected);
    const iterations = server.requests.map((one) => {
      const { file, iteration } = readDocument(one);
      return `${file} ${iteration}`;
    });
    expect(new Set(iterations).size).toBe(REPLIES);
    expect(iterations).toHaveLength(REPLIES + refusals);
  },
);

test("the API of a model is remembered over a restart", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using server = await start(served("responses"));
  const config = configFor(server.url, folder.file("in"));
  for (const name of ["in/b.md", "in/c.md"]) {
    await using daemon = await startTestDaemon(folder, config);
    expect(await daemon.run("test")).toMatchObject({ status: "success" });
    folder.write(name, `# ${name}\n`);
  }
  expect(server.requests.filter(({ api }) => api === "chat")).toHaveLength(1);
});

test("a model that is asked without its reasoning is a problem, until this is what the config says", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  const message =
    "Function tools with reasoning_effort are not supported for this model in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.";
  const effort = status(400, { error: { message, param: "reasoning_effort" } });
  await using server = await startScriptedServer((request) =>
    request.sent["reasoning_effort"] === "none" ? answerDocument(request) : effort,
  );
  const config = configFor(server.url, folder.file("in"));
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.run("test")).toMatchObject({ status: "success" });
  const { problems } = await daemon.client.status();
  expect(problems).toMatchObject([{ code: "reasoning_off", agent_id: "test" }]);
  expect(problems[0]?.hint).toContain("model.reasoning_effort");
});

test("a model that its endpoint will have no more is a problem before that, with the date", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  const soon = new Date(Date.now() + 30 * 24 * 60 * 60_000).toISOString().slice(0, 10);
  const listed = { id: "scripted", max_model_len: 32_768, shutdown_date: soon };
  await using server = await startScriptedServer(answerDocument, {
    pages: { "/v1/models": { data: [listed] } },
  });
  const config = configFor(server.url, folder.file("in"));
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.run("test")).toMatchObject({ status: "success" });
  const { problems } = await daemon.client.status();
  expect(problems).toMatchObject([
    { code: "model_retires", message: expect.stringContaining(`is shut down on ${soon}`) },
  ]);
});
