import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import OpenAI from "openai";
import { runLoop } from "../../../daemon/agent/loop.ts";
import { createEndpointModel } from "../../../daemon/agent/model/endpoint-model.ts";
import { renderChatRequest } from "../../../daemon/agent/model/chat-request.ts";
import { NO_QUIRKS } from "../../../daemon/agent/model/quirks.ts";
import { createPrompt } from "../../../daemon/agent/prompt.ts";
import { describeTool } from "../../../daemon/agent/tool.ts";
import { selectTools } from "../../../daemon/agent/toolbox.ts";
import { openWorkspace } from "../../../daemon/commit/workspace.ts";
import { modelSchema } from "../../../daemon/protocol/agent.ts";
import { modelRequest } from "../../helper/model-request.ts";
import { openTestJournal } from "../../helper/test-journal.ts";
import { openPipelineBench } from "../../helper/pipeline-bench.ts";
import { contentOf } from "../tree.ts";
import { type Figure, takeTurns } from "../figure.ts";

/*
 * Processor time of one iteration: of the model loop alone (prompt, estimate, request, checks, tool calls), and
 * of a whole job with what the journal must keep of it (claim, frame, reservations, replies, commit). Held
 * against the SDK's bare call with a body of that size. The server is a process of its own, so that only the
 * asking side is counted.
 */

const JOBS = 60;
/** The scripted model records in its first reply and ends in its second. */
const ITERATIONS = 2 * JOBS;
const DOCUMENT_BYTES = 4_096;
const ROUNDS = 7;

export async function measure(): Promise<Figure[]> {
  await using server = await startServer();
  const settings = modelSchema.parse({
    provider: "openai",
    base_url: server.url,
    name: "scripted",
    api_key: null,
    context_tokens: 100_000,
  });
  const files = Object.fromEntries(
    Array.from({ length: JOBS }, (_, index) => [`${index}.md`, documentOf(index)]),
  );
  const client = new OpenAI({
    baseURL: server.url,
    apiKey: "none",
    maxRetries: 0,
    logLevel: "off",
  });
  const base = modelRequest();
  const document = { ...base.document, text: documentOf(0) };
  const body = renderChatRequest(
    {
      ...base,
      messages: createPrompt({ instructions: "", frame: base.frame, document }),
      tools: selectTools([]).map(describeTool),
    },
    { model: settings.name, quirks: NO_QUIRKS, isOpenAi: false },
  );
  const times = await takeTurns(ROUNDS, {
    bare: () =>
      processorTimeOf(async () => {
        for (let index = 0; index < ITERATIONS; index += 1)
          await client.chat.completions.create(body);
      }),
    async loop() {
      using opened = await openTestJournal();
      const model = createEndpointModel(settings);
      const time = await processorTimeOf(async () => {
        for (let index = 0; index < JOBS; index += 1) {
          const text = documentOf(index);
          const workspace = openWorkspace(opened.journal, {
            job_id: `job_${index}`,
            agent_id: "inbox",
            file_ids: [],
            text,
            max_changes: 50,
          });
          const { outcome } = await runLoop({
            instructions: "",
            frame: base.frame,
            document: { ...base.document, text },
            model,
            tools: selectTools([]),
            workspace,
            replies: { find: () => undefined, open: () => ({ answer: async () => {}, fail() {} }) },
            max_iterations: 12,
            call_limits: { reading: 100, writing: 200 },
            stop: new AbortController().signal,
            abort: new AbortController().signal,
          });
          if (outcome !== "complete") throw new Error(`A loop ended as ${outcome}.`);
        }
      });
      await model.close();
      return time;
    },
    async job() {
      using bench = await openPipelineBench(files);
      const model = createEndpointModel(settings);
      const time = await processorTimeOf(async () => {
        for (let index = 0; index < JOBS; index += 1) {
          const { outcome } = await bench.work(model);
          if (outcome !== "committed") throw new Error(`A job ended as ${outcome}.`);
        }
      });
      await model.close();
      return time;
    },
  });
  const anchor = { what: "a bare `openai` create call", value: times.bare / ITERATIONS };
  return [
    {
      what: "processor time of one iteration of the model loop",
      ours: times.loop / ITERATIONS,
      unit: "ms",
      anchor,
      // At most as much again as the bare call.
      goal: { most: 2, of: "ratio" },
    },
    {
      what: "the same of a whole job, with all that the journal keeps",
      ours: times.job / ITERATIONS,
      unit: "ms",
      anchor,
      goal: null,
    },
  ];
}

function documentOf(index: number): string {
  return `# Document ${index}\n\n- [ ] Task ${index}\n\n${contentOf(index, DOCUMENT_BYTES)}`;
}

/** Milliseconds of user and system time of this process. */
async function processorTimeOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function startServer(): Promise<AsyncDisposable & { url: string }> {
  const program = path.resolve(import.meta.dirname, "../../helper/scripted-server-main.ts");
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return {
    url: line.toString().trim(),
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.kill();
      await gone;
    },
  };
}
