/**
 * Makes the fixture anew with the program of the first release. test/fixture/home-0006/README.md says what is in it.
 *
 *   npx node test/helper/make-home-0006.ts CLONE
 *
 * CLONE is a clone of the first release (0.1.0, schema 0006) with its packages installed.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { type Client, createClient } from "../../daemon/client/client.ts";
import { daemonFileSchema } from "../../daemon/protocol/api.ts";
import { INSTRUCTIONS_0006, ROOT_0006 as ROOT } from "./home-0006.ts";
import { answerDocument, readDocument } from "./scripted-answers.ts";
import { hang, reply, startScriptedServer } from "./scripted-server.ts";

const CONFIG = `version: 1
server: { port: 0 }
model: { provider: openai, base_url: "\${MODEL_URL}", name: scripted, api_key: null }
retention: { conversation_days: null }
agents:
  - id: inbox
    directories: [{ path: "\${FIXTURE}/inbox" }]
    settle_seconds: 0
    resettle_seconds: 0
  - id: rules
    directories: [{ path: "\${FIXTURE}/rules" }]
    settle_seconds: 0
    model: { provider: rules }
  - id: drafts
    directories: [{ path: "\${FIXTURE}/drafts", watch: false }]
    settle_seconds: 0
    instructions: Record what is asked of me.
  - id: archive
    directories: [{ path: "\${FIXTURE}/archive" }]
    settle_seconds: 0
  - id: backlog
    directories: [{ path: "\${FIXTURE}/backlog", watch: false }]
    settle_seconds: 0
    # A name by which a server on this machine passes on what it is asked: it counts as remote, and asks for consent.
    model: { name: scripted-cloud }
    confirm_above_files: 2
  - id: letters
    directories: [{ path: "\${FIXTURE}/letters", watch: false }]
    settle_seconds: 0
`;

const FIRST_FILES: Record<string, string> = {
  "inbox/plan.md":
    "# Plan\n\nProject: Garden\n\n- [ ] Order the seeds\n- [ ] Dig the beds\n- [ ] Ask Ann\n",
  "inbox/copy of plan.md":
    "# Plan\n\nProject: Garden\n\n- [ ] Order the seeds\n- [ ] Dig the beds\n- [ ] Ask Ann\n",
  "inbox/changed.md": "# Changed\n\n- [ ] The first wording\n",
  "inbox/undone.md": "# Undone\n\n- [ ] Taken back\n",
  "inbox/gone.md": "# Gone\n\n- [ ] From a file that was deleted\n",
  "inbox/forced.md": "# Forced\n\n- [ ] Asked twice\n",
  "inbox/failed.md": "# Failed\n\n- [ ] Withheld\n",
  "inbox/empty.md": "",
  "inbox/picture.png": "\u0089PNG\r\n\u001a\n\u0000not a picture",
  "rules/meeting.md": "# Meeting\n\nTODO: send the minutes by 2026-12-24\n\n- [ ] Book the room\n",
  "drafts/none.md": "# Draft that was read\n\n- [ ] Read before\n",
  "archive/old.md": "# Old\n\n- [ ] Put away\n",
  "letters/zero.md": "# Letter 0\n\n- [ ] Answer letter 0\n",
  "shopping/list.md": "# Shopping\n\n- [ ] Bread\n- [ ] Milk\n",
};

const clone = path.resolve(process.argv[2] ?? "");
const launcher = path.join(clone, "daemon/cli/launch.js");
const home = path.join(ROOT, "home");

rmSync(ROOT, { recursive: true, force: true });
for (const [name, content] of Object.entries(FIRST_FILES)) write(name, content);
write("home/config.yaml", CONFIG);

let isHolding = false;
await using server = await startScriptedServer((request) => {
  const { file, text, iteration } = readDocument(request);
  if (file === "failed.md") return reply({ finish_reason: "content_filter" });
  if (isHolding && file === "one.md" && iteration === 2) return hang();
  const project = /^Project: (.+)$/mu.exec(text)?.[1];
  if (project === undefined) return answerDocument(request);
  if (iteration === 1) {
    const named = { name: project, quote: project };
    return reply({ calls: [{ name: "create_project", arguments: named }] });
  }
  // As if the reply with the project had not been.
  const first = request.body.messages.findIndex(({ role }) => role === "assistant");
  const messages = request.body.messages.toSpliced(first, 1);
  return answerDocument({ ...request, body: { ...request.body, messages } });
});
const env = {
  PATH: process.env["PATH"],
  HOME: path.join(ROOT, "user"),
  AGENT_RUNNER_HOME: home,
  FIXTURE: ROOT,
  MODEL_URL: server.url,
  NO_COLOR: "1",
};

await firstSession();
await secondSession();
keep();
process.stdout.write(`${server.requests.length} requests were answered\n`);

/** Whatever comes to an end: done, failed, skipped, copied, changed, forced, undone, gone, edited, deleted, ad hoc. */
async function firstSession(): Promise<void> {
  const daemon = start();
  const client = await connect();
  await idle(client);
  await run(client, "letters");
  await run(client, "drafts");
  write("inbox/changed.md", "# Changed\n\n- [ ] The second wording\n");
  rmSync(path.join(ROOT, "inbox/gone.md"));
  await idle(client);
  await run(client, "inbox", { force: true, paths: [path.join(ROOT, "inbox/forced.md")] });
  const { items } = await client.files({ agent_id: "inbox" });
  const undone = items.find((file) => file.path.endsWith("undone.md"));
  await client.undo({ file_id: undone?.file_id ?? "" });

  const tasks = (await client.entities("task", { limit: 100 })).items;
  const idOf = (title: string): string => tasks.find((task) => task.title === title)?.id ?? "";
  await client.editEntity("task", idOf("Order the seeds"), {
    title: "Order the seeds in March",
    due_date: "2027-03-01",
  });
  await client.editEntity("task", idOf("Dig the beds"), { status: "done" });
  await client.deleteEntity("task", idOf("Ask Ann"));
  await client.createEntity("task", { title: "A task of my own" });
  await client.createEntity("note", { title: "A note of my own", body: "By hand." });
  await client.createEntity("project", { name: "House" });

  const adHoc = [
    "run",
    "--directory",
    path.join(ROOT, "shopping"),
    "--instructions",
    INSTRUCTIONS_0006,
  ];
  await promisify(execFile)(process.execPath, [launcher, ...adHoc, "--wait"], { env });
  await client.pause({ agent_id: "archive" });
  write("archive/new.md", "# New\n\n- [ ] Waits for the end of the pause\n");
  await until("the new file is noticed", async () => {
    const { pending } = (await client.status()).queue;
    return pending === 1;
  });
  await end(daemon, "SIGTERM");
}

/** What is under way: a waiting dry run, a run that awaits consent, and a job with one stored reply of two. */
async function secondSession(): Promise<void> {
  const daemon = start();
  const client = await connect();
  await idle(client);
  write("drafts/proposal.md", "# Proposal\n\n- [ ] Look at the proposal\n");
  await run(client, "drafts", { dry_run: true });
  for (const n of [1, 2, 3]) write(`backlog/b${n}.md`, `# Backlog ${n}\n\n- [ ] Do backlog ${n}\n`);
  await client.trigger("backlog");
  await until("the backlog awaits consent", async () => {
    const { problems } = await client.status();
    return problems.some(({ agent_id }) => agent_id === "backlog");
  });
  isHolding = true;
  write("letters/two.md", "# Letter 2\n\n- [ ] Answer letter 2\n", 1_700_000_000);
  write("letters/one.md", "# Letter 1\n\n- [ ] Answer letter 1\n", 1_800_000_000);
  emptyLog();
  const before = server.requests.length;
  await client.trigger("letters");
  await until("the second request is on its way", () => server.requests.length === before + 2);
  await end(daemon, "SIGKILL");
}

/** As the daemon does now and then: what the kill leaves in the log is small. */
function emptyLog(): void {
  const database = new Database(path.join(home, "agent-runner.db"));
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.close();
}

/** Takes over what the kill left: the database with its write-ahead log, the config, the documents. */
function keep(): void {
  const target = path.resolve(import.meta.dirname, "../fixture/home-0006");
  for (const name of ["home", "documents"])
    rmSync(path.join(target, name), { recursive: true, force: true });
  mkdirSync(path.join(target, "home"), { recursive: true });
  for (const name of ["config.yaml", "agent-runner.db", "agent-runner.db-wal"]) {
    cpSync(path.join(home, name), path.join(target, "home", name));
  }
  for (const name of ["inbox", "rules", "drafts", "archive", "backlog", "letters", "shopping"]) {
    cpSync(path.join(ROOT, name), path.join(target, "documents", name), { recursive: true });
  }
}

function write(name: string, content: string, modifiedSeconds?: number): void {
  const target = path.join(ROOT, name);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content, "latin1");
  if (modifiedSeconds !== undefined) utimesSync(target, modifiedSeconds, modifiedSeconds);
}

function start(): ChildProcess {
  return spawn(process.execPath, [launcher, "start"], { env, stdio: "ignore" });
}

async function end(daemon: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(daemon, "exit");
  daemon.kill(signal);
  await ended;
}

function connect(): Promise<Client> {
  const file = path.join(home, "daemon.json");
  return until("the daemon answers", async () => {
    if (!existsSync(file)) return undefined;
    const client = createClient(daemonFileSchema.parse(JSON.parse(readFileSync(file, "utf8"))));
    return (await client.health().catch(() => undefined)) && client;
  });
}

async function run(client: Client, agentId: string, options: object = {}): Promise<void> {
  const { run_id } = await client.trigger(agentId, options);
  await until(
    `the run of ${agentId} ends`,
    async () => (await client.run(run_id)).status !== "running",
  );
}

/** Waits until nothing has run for two seconds. */
async function idle(client: Client): Promise<void> {
  let quiet = 0;
  await until("nothing runs", async () => {
    const { items } = await client.runs({ limit: 100 });
    const running = items.filter(({ status }) => status === "running");
    // The run of the agent that is paused goes on for good.
    quiet = running.every(({ agent_id }) => agent_id === "archive") ? quiet + 1 : 0;
    return quiet === 40;
  });
}

async function until<T>(what: string, check: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await check();
    if (found) return found;
    await wait(50);
  }
  throw new Error(`${what}: not in half a minute`);
}
