import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { answerRequest, openRequest } from "../../daemon/journal/attempts.ts";
import type { TestFolder } from "../helper/folder.ts";
import { startOllama } from "../helper/ollama.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { openServer } from "../helper/open-server.ts";
import { addFailedFile, addRun, endPastRun } from "../helper/past-work.ts";
import { waitFor } from "../helper/program.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";
import { addJob, claim, NOW } from "../helper/test-journal.ts";
import { workJob } from "../helper/worked-job.ts";
import { captureOutput } from "./captured-output.ts";
import {
  daemonFile,
  type Ended,
  openHome,
  runInProcess,
  startInProcess,
} from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = await openHome();
  ({ door, home } = opened);
  return opened.close;
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, args);

/** An agent whose model is on another machine, has no key, and asks above one file. */
const REMOTE = `model: { provider: openai, base_url: "https://models.invalid/v1", name: big }, confirm_above_files: 1`;

describe("status and agents", () => {
  test("status says plainly that the rules are not a language model", async () => {
    addFailedFile(door.journal, "/in/a.md");
    const { code, stdout } = await run("status");
    expect(code).toBe(0);
    expect(stdout).toContain("state  idle\nmodel  built-in rules (not a language model)\n");
    expect(stdout).toContain("queue  0 pending, 0 working, 1 failed");
  });

  test("a problem is shown with what to do about it", async () => {
    await using at = await openHome({ agents: { mail: REMOTE } });
    const [problem] = (await at.door.client.status()).problems;
    expect(problem).toMatchObject({ code: "key_missing", agent_id: "mail" });
    expect((await at.run("status")).stdout).toContain(
      `mail: ${problem?.message}\n  ${problem?.hint}\n`,
    );
  });

  test("--json prints what the API answers, and of the status how it stands with the tray", async () => {
    expect(JSON.parse((await run("status", "--json")).stdout)).toEqual({
      ...(await door.client.status()),
      tray: expect.objectContaining({ shown: false }),
    });
    expect(JSON.parse((await run("--json", "agents")).stdout)).toMatchObject({
      items: [{ id: "inbox" }, { id: "mail" }, { id: "notes" }],
    });
  });
});

test("api prints what the daemon answers, a problem too", async () => {
  const [, newest] = [addRun(door.journal), addRun(door.journal)];
  const { code, stdout } = await run("api", "get", "/api/runs?limit=1");
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { items: [await door.client.run(newest)], next_cursor: expect.any(String) },
  ]);
  const sent = await run("api", "POST", "/api/tasks", '{"title": "\\u001b[31mA"}');
  expect([sent.code, sent.stdout]).toEqual([0, expect.stringContaining('"\\u001b[31mA"')]);
  const problem = await run("api", "GET", "/api/runs/none", "--json");
  expect([problem.code, JSON.parse(problem.stdout)]).toMatchObject([1, { code: "run_not_found" }]);
  const put = ["api", "PUT", "/api/config", '{"text": "version: 1"}'];
  expect((await run(...put)).code).toBe(1);
  const { etag } = await door.client.config();
  expect((await run(...put, "--if-match", etag)).code).toBe(0);
  expect(await run("api", "DELETE", "/api/notes/note_1")).toMatchObject({ code: 1 });
});

test.each([
  [["LOOK", "/api/status"], 'expected one of GET, POST, PUT, PATCH, DELETE, got "LOOK"'],
  [["GET", "status"], 'path must begin with /, got "status"'],
  [["POST", "/api/pause", "{minutes"], "the body is not JSON"],
])("api %j is a usage error", async (args, message) => {
  expect(await run("api", ...args)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(message),
  });
  expect((await door.client.status()).state).toBe("idle");
});

test("usage shows what requests came to, and never takes an unknown price for zero", async () => {
  const { run_id, job_id } = addJob(door.journal);
  const { attempt_id } = claim(door.journal);
  const reply = { reply: "{}", cached_input_tokens: null, output_tokens: 30 };
  [0.1, 0.15, null].forEach((cost_usd, index) => {
    const ids = { job_id, attempt_id, run_id, agent_id: "inbox", iteration: index + 1 };
    const request = { ...ids, provider: "openai", model: "big" } as const;
    const reserved = { reserved_tokens: 0, reserved_usd: null };
    const seq = openRequest(door.journal, { ...request, ...reserved }, NOW);
    const answer = { ...reply, cost_usd, input_tokens: 400, cached_input_tokens: index * 100 };
    answerRequest(door.journal, seq, answer, NOW);
  });
  const { code, stdout } = await run("usage", "--by", "model", "--from", "2026-03-01");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^MODEL +REQUESTS +INPUT TOKENS +CACHED +OUTPUT TOKENS +COST\n/u);
  expect(stdout).toMatch(/\ntotal +3 +1200 +300 +90 +\$0\.2500 and 1 request of unknown price\n$/u);
  expect(stdout).toMatch(/\nbig +3 /u);
  expect((await run("usage", "--from", "2026-11-22")).stdout).toContain("No requests");
  expect(JSON.parse((await run("usage", "--json")).stdout)).toMatchObject({
    items: [{ key: "2026-11-20", cost_usd: null }],
    total: { requests: 3, unpriced_requests: 1 },
  });
  expect(await run("usage", "--from", "today")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Expected a date as YYYY-MM-DD."),
  });
});

test("search shows what is found with its text, narrowed by type", async () => {
  expect((await run("search", "nothing")).stdout).toBe("Nothing was found.\n");
  await using at = await openHome({ files: { "inbox/roof.md": "A roof of slate.\n" } });
  const { client, daemon } = at.door;
  await daemon.run("inbox");
  const note = await client.createEntity("note", { title: "Roof", body: "It is made of slate." });
  await client.createEntity("note", { title: "Roof", body: "Nothing else." });
  const { items } = await client.search({ q: "roof slate" });
  const file = items.find(({ type }) => type === "file");
  const found = items.find(({ id }) => id === note.id);
  expect([file?.snippet, found?.snippet]).toEqual([
    expect.stringContaining("slate"),
    expect.stringContaining("slate"),
  ]);
  const { code, stdout } = await at.run("search", "roof", "slate");
  expect(code).toBe(0);
  expect(stdout).toContain(`Roof  note, active  ${note.id}\n  ${found?.snippet}\n`);
  expect(stdout).toContain(`${file?.title}  file  ${file?.path}\n  ${file?.snippet}\n`);
  const notes = (await at.run("search", "roof", "slate", "--type", "note")).stdout;
  expect(notes).toContain(note.id);
  expect(notes).not.toContain(file?.path);
  const json = await at.run("search", "roof", "slate", "--json");
  expect(JSON.parse(json.stdout).items).toEqual(items);
  expect((await run("search")).code).toBe(2);
});

describe("models", () => {
  const CONFIG = "# Mine.\nversion: 1\nmodel: { provider: rules } # for now\n";

  test("each is shown with what is known of it", async () => {
    await using ollama = await startOllama();
    await using at = await openHome({ agents: { mail: `model: ${ollama.cloud}` } });
    const { stdout } = await at.run("models");
    expect(stdout).toMatch(/qwen3\.5:4b +http\S+ +yes +- +131072 +3\.4 GB +not loaded +none +-/u);
    expect(stdout).toMatch(/big:cloud .* in the cloud +not known +mail/u);
    const { items } = JSON.parse((await at.run("models", "--json")).stdout);
    expect(items).toEqual((await at.door.client.models()).items);
  });

  test("--use writes one into the config and keeps the rest of it", async () => {
    await using ollama = await startOllama();
    await using at = await openHome({ agents: { mail: `model: ${ollama.cloud}` } });
    at.home.write("config.yaml", CONFIG);
    const read = (): string => readFileSync(at.home.file("config.yaml"), "utf8");
    const { code, stdout, stderr } = await at.run("models", "--use", "qwen3.5:4b");
    expect([code, stdout]).toEqual([0, expect.stringContaining("names qwen3.5:4b at http")]);
    expect(stderr).toBe("qwen3.5:4b: runs on this machine; costs nothing.\n");
    expect(read()).toContain("# Mine.");
    expect(read()).toContain("# for now");
    expect(read()).toContain(`base_url: ${ollama.base_url}, name: qwen3.5:4b`);
    expect((await at.run("models", "--use", "rules")).code).toBe(0);
    expect(read()).toContain("provider: rules");
  });

  test("--use of an unknown model, of one that several servers have, or without a config changes nothing", async () => {
    await using ollama = await startOllama();
    await using other = await startOllama();
    await using at = await openHome({ agents: { mail: `model: ${ollama.cloud}` } });
    expect(await at.run("models", "--use", "rules")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("does not exist"),
    });
    at.home.write("config.yaml", CONFIG);
    expect(await at.run("models", "--use", "gpt")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There are: qwen3.5:4b, big:cloud."),
    });
    await using both = await openHome({
      agents: { mail: `model: ${ollama.cloud}`, notes: `model: ${other.cloud}` },
    });
    both.home.write("config.yaml", CONFIG);
    expect(await both.run("models", "--use", "qwen3.5:4b")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`--at with one of: ${ollama.base_url}, ${other.base_url}`),
    });
    const read = (): string => readFileSync(both.home.file("config.yaml"), "utf8");
    expect(read()).toBe(CONFIG);
    expect((await both.run("models", "--use", "qwen3.5:4b", "--at", other.base_url)).code).toBe(0);
    expect(read()).toContain(other.base_url);
  });
});

describe("runs", () => {
  test("lists the newest first", async () => {
    const ids = [1, 2, 3].map(() => addRun(door.journal));
    const { stdout } = await run("runs");
    expect(stdout.match(/run_\w+/g)).toEqual(ids.toReversed());
  });

  test("--limit says that there are more, and with --json the cursor does", async () => {
    for (let count = 0; count < 3; count += 1) addRun(door.journal);
    expect((await run("runs", "--limit", "2")).stdout).toContain("more than these 2");
    const short = JSON.parse((await run("runs", "--limit", "2", "--json")).stdout);
    const whole = JSON.parse((await run("runs", "--limit", "3", "--json")).stdout);
    expect([short.items.length, short.next_cursor]).toEqual([2, expect.any(String)]);
    expect([whole.items.length, whole.next_cursor]).toEqual([3, null]);
  });

  test("--all reads every page, and an explicit --limit holds beside it", async () => {
    door.journal.transaction(() => {
      for (let count = 0; count < 603; count += 1) addRun(door.journal);
    });
    const count = async (...args: string[]): Promise<number> =>
      JSON.parse((await run("runs", "--json", ...args)).stdout).items.length;
    expect([await count(), await count("--all"), await count("--all", "--limit", "2")]).toEqual([
      50, 603, 2,
    ]);
  });

  test("a path that is longer than any terminal is whole in a pipe", async () => {
    const path = `/in/${"deep/".repeat(60)}a.md`;
    addFailedFile(door.journal, path);
    expect((await run("files")).stdout).toContain(`${path}  failed`);
  });

  test("one run is shown whole", async () => {
    const id = addRun(door.journal, { status: "partial", counts: { unchanged: 2, failed: 1 } });
    const { stdout } = await run("runs", id);
    expect(stdout).toContain(`${id} partial`);
    expect(stdout).toContain("3 found: 2 unchanged");
  });

  test("a run that is not known is a usage error", async () => {
    expect(await run("runs", "run_9")).toMatchObject({ code: 2, stdout: "" });
  });

  test("cancel ends one", async () => {
    const id = addRun(door.journal, { status: "running" });
    expect(await run("cancel", id)).toMatchObject({ code: 0, stdout: `Cancelled ${id}.\n` });
    expect((await door.client.run(id)).status).toBe("cancelled");
  });
});

/** A model that takes requests and never answers. */
async function openSlowHome() {
  const opened = new AsyncDisposableStack();
  const asked = Promise.withResolvers<void>();
  const server = opened.use(
    await startScriptedServer(() => {
      asked.resolve();
      return () => new Promise(() => {});
    }),
  );
  const at = opened.use(
    await openHome({
      yaml: `model: { provider: openai, base_url: "${server.url}", name: slow, api_key: null }`,
      files: { "inbox/a.md": "# A\n" },
    }),
  );
  return {
    ...at,
    asked: asked.promise,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describe("run", () => {
  test("starts a run of an agent and gives its id", async () => {
    await using at = await openHome({ files: { "inbox/a.md": "# A\n" } });
    const start = async (...more: string[]) => {
      const { code, stdout } = await at.run("run", "inbox", "--json", ...more);
      const { run_id, ...rest } = JSON.parse(stdout);
      expect([code, rest]).toEqual([0, {}]);
      return at.door.daemon.ended(run_id);
    };
    expect(await start()).toMatchObject({ agent_id: "inbox", files: { processed: 1 } });
    expect(await start()).toMatchObject({ dry_run: false, files: { unchanged: 1, processed: 0 } });
    expect(await start("--force")).toMatchObject({ dry_run: false, files: { processed: 1 } });
  });

  test.each([
    ["success", 0, { "inbox/a.md": "# A\n" }],
    ["partial", 3, { "inbox/a.md": "# A\n", "inbox/broken.pdf": "%PDF-1.7 cut" }],
    ["error", 3, { "inbox/broken.pdf": "%PDF-1.7 cut" }],
  ] as const)("--wait for a run that ends %s exits %i", async (status, expected, files) => {
    await using at = await openHome({ files });
    const { code, stdout } = await at.run("run", "inbox", "--wait");
    expect(code).toBe(expected);
    expect(stdout).toMatch(new RegExp(`^run +run_\\w+ ${status}\n`, "u"));
  });

  test("--wait for a run that is cancelled exits 130", async () => {
    await using at = await openSlowHome();
    const waiting = at.run("run", "inbox", "--wait");
    await at.asked;
    const [running] = (await at.door.client.runs()).items;
    await at.door.client.cancelRun(running!.run_id);
    const { code, stdout } = await waiting;
    expect([code, stdout]).toEqual([130, expect.stringContaining(`${running!.run_id} cancelled`)]);
  });

  test("Ctrl-C while waiting says that the run goes on, and exits 130", async () => {
    await using at = await openSlowHome();
    const interrupt = new AbortController();
    const { signal } = interrupt;
    const waiting = runInProcess(at.home, ["run", "inbox", "--wait"], { signal });
    await at.asked;
    interrupt.abort();
    const { code, stdout, stderr } = await waiting;
    const [running] = (await at.door.client.runs()).items;
    expect([code, stdout, running?.status]).toEqual([130, "", "running"]);
    expect(stderr).toContain(`Interrupted. ${running?.run_id} goes on;`);
  });

  test("an agent that is busy is named with its run and what to do, and exits 1", async () => {
    const run_id = addRun(door.journal, { status: "running" });
    const { code, stdout } = await run("run", "inbox", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "run_in_progress", run_id, hint: expect.stringContaining("--wait") },
    });
  });

  test.each([
    ["success", 0, 1, "new", 0],
    ["success", 0, 0, "before", 0],
    ["partial", 1, 1, "new", 3],
    ["partial", 1, 0, "before", 3],
    ["cancelled", 0, 0, "new", 0],
  ] as const)(
    "--wait after a run that ended %s with %i failed, and read %i more, shows the one %s and exits %i",
    async (status, failed, processed, shown, expected) => {
      await using at = await openHome(processed === 1 ? { files: { "inbox/a.md": "# A\n" } } : {});
      const { journal, client } = at.door;
      const before = addRun(journal, { status: "running" });
      const { output, stdout, stderr } = captureOutput({ json: true });
      const { signal } = new AbortController();
      const waiting = startInProcess(at.home, ["run", "inbox", "--wait", "--json"], output, signal);
      const underWay = `${before} is under way and goes on first.\n`;
      await waitFor("the run is followed", () => stderr().includes(underWay));
      const counts = { failed, unchanged: 1 - failed };
      endPastRun(journal, { run_id: before, agent_id: "inbox" }, status, counts);
      const code = await waiting;
      const [newest] = (await client.runs()).items;
      expect(newest?.files.processed).toBe(processed);
      const ids = { new: newest?.run_id, before };
      expect([code, JSON.parse(stdout()).run_id]).toEqual([expected, ids[shown]]);
      expect(stderr()).toContain(`${before} ended: ${status}, `);
    },
  );

  test("--wait does not wait for a run that waits for consent, and says what it would cost", async () => {
    const files = { "inbox/a.md": "# A\n", "inbox/b.md": "# B\n" };
    await using at = await openHome({ agents: { inbox: REMOTE }, files });
    const { client } = at.door;
    const { run_id } = await client.trigger("inbox");
    await waitFor("it waits", async () => (await client.run(run_id)).awaits_confirmation);
    const { code, stderr } = await at.run("run", "inbox", "--wait");
    expect([code, stderr]).toEqual([3, expect.stringContaining("Add --yes to consent.")]);
    expect((await client.runs()).items).toMatchObject([{ run_id, awaits_confirmation: true }]);
  });

  test("an agent that is not known exits 2 with a hint", async () => {
    const { code, stderr } = await run("run", "nobody");
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^error: There is no agent "nobody"\.\n {2}.*inbox, mail, notes\.\n$/u),
    ]);
  });

  test("a directory makes an agent for itself, by its real path", async () => {
    home.write("docs/a.md", "# A\n");
    symlinkSync(home.file("docs"), home.file("link"));
    const args = ["run", "--directory", home.file("link"), "--instructions", "find tasks"];
    const { run_id } = JSON.parse((await run(...args, "--json")).stdout);
    const { agent_id, files } = await door.daemon.ended(run_id);
    expect(files).toMatchObject({ found: 1, processed: 1 });
    expect(await door.client.agent(agent_id)).toMatchObject({
      directories: [{ path: home.file("docs") }],
      instructions: "find tasks",
    });
  });

  test("a directory that holds an export is read with a word about it", async () => {
    home.write("docs/a.md", "# A\n");
    expect((await run("run", "--directory", home.file("docs"))).stderr).not.toContain("export");
    await run("export", "md", home.file("vault"));
    const { stderr } = await run("run", "--directory", home.file("vault"));
    expect(stderr).toContain("vault is an export of this program");
  });
});

describe("files and retry", () => {
  test("files shows path, state and reason", async () => {
    addFailedFile(door.journal, "/in/a.md");
    const { stdout } = await run("files", "--state", "failed");
    expect(stdout).toMatch(/\/in\/a\.md +failed +bad_tool_calls +inbox/);
  });

  test("one file is shown with its error", async () => {
    const id = addFailedFile(door.journal, "/in/b.md");
    const { stdout } = await run("files", "/in/b.md");
    expect(stdout).toContain(`id        ${id}`);
    expect(stdout).toContain("error     No tool call could be read.");
  });

  test("an unknown path lists nothing", async () => {
    addFailedFile(door.journal, "/in/a.md");
    expect(await run("files", "/elsewhere")).toMatchObject({ code: 0, stdout: "No files.\n" });
  });

  test("retry takes a path", async () => {
    await using at = await openHome({ files: { "inbox/a.md": "# A\n", "inbox/b.md": "# B\n" } });
    const path = at.door.folder.file("inbox/a.md");
    const id = addFailedFile(at.door.journal, path);
    const { stdout } = await at.run("retry", path);
    const [, run_id = ""] = /^Started (run_\w+)\.\n$/u.exec(stdout) ?? [];
    expect(await at.door.daemon.ended(run_id)).toMatchObject({
      trigger: "retry",
      files: { found: 1, processed: 1 },
    });
    expect((await at.door.client.file(id)).state).toBe("done");
  });

  test("retry of an unknown path exits 2", async () => {
    expect((await run("retry", "/in/z.md")).code).toBe(2);
  });

  test("retry --failed makes one run for each agent, of its failed files alone", async () => {
    const names = ["inbox/a.md", "inbox/b.md", "mail/m.md"];
    const files = Object.fromEntries(
      [...names, "inbox/new.md"].map((name) => [name, `# ${name}\n`]),
    );
    await using at = await openHome({ files });
    const { journal, folder, client, daemon } = at.door;
    for (const name of names) {
      addFailedFile(journal, folder.file(name), name.startsWith("mail") ? "mail" : "inbox");
    }
    expect((await at.run("retry", "--failed")).code).toBe(0);
    const { items } = await client.runs();
    const runs = await Promise.all(items.map(({ run_id }) => daemon.ended(run_id)));
    expect(runs.map(({ agent_id, files: { processed } }) => [agent_id, processed])).toEqual([
      ["mail", 1],
      ["inbox", 2],
    ]);
    expect((await client.files({ state: "done" })).items.map(({ path }) => path)).toEqual(
      names.map((name) => folder.file(name)),
    );
  });

  test("retry wants a file or --failed, and not both", async () => {
    expect((await run("retry")).code).toBe(2);
    expect((await run("retry", "/in/a.md", "--failed")).code).toBe(2);
  });
});

describe("tasks, notes and projects", () => {
  test("a task is added to a project by its name, edited and done", async () => {
    const project = await door.client.createEntity("project", { name: "Garden  House" });
    const fields = ["--due", "2026-09-01", "--project", "garden house"];
    const added = await run("tasks", "add", "Call Anna", ...fields, "--json");
    const task = JSON.parse(added.stdout);
    expect(task).toMatchObject({ due_date: "2026-09-01", project_id: project.id });

    await run("tasks", "edit", task.id, "--due", "none", "--project", "none", "--priority", "high");
    expect(await door.client.entity("task", task.id)).toMatchObject({
      title: "Call Anna",
      due_date: null,
      project_id: null,
      priority: "high",
    });

    const done = await run("tasks", "done", task.id);
    expect(done.stdout).toBe(`Done ${task.id}: Call Anna\n`);
    expect((await door.client.entity("task", task.id)).status).toBe("done");
  });

  test("tasks shows due date, project and source, and nothing a terminal would act on", async () => {
    const project = await door.client.createEntity("project", { name: "Garden\x1b[31m" });
    workJob(door.journal, { paths: ["/in/a.md"] }, (workspace) => {
      const fields = { due_date: "2026-09-01", project_id: project.id };
      workspace.createTask({ title: "Call\nAnna", ...fields }, null);
    });
    const [task] = (await door.client.entities("task")).items;
    const { stdout } = await run("tasks");
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^TASK +TITLE +STATUS +DUE +PROJECT +SOURCE$/),
      `${task?.id}  Call\\nAnna  open    2026-09-01  Garden\\x1b[31m  /in/a.md`,
      "",
    ]);
  });

  test.each([
    ["tasks", "task", "open", "done"],
    ["notes", "note", "active", "archived"],
    ["projects", "project", "active", "archived"],
  ])("%s lists what is current, and with --all everything", async (command, type, status, gone) => {
    expect((await run(command)).stdout).toBe(`No ${command}.\n`);
    const path = `/api/${command}`;
    const make = async (fields: object): Promise<string> =>
      (await door.send("POST", path, fields)).body.id;
    const current = await make({ [type === "project" ? "name" : "title"]: "Current", status });
    const past = await make({ [type === "project" ? "name" : "title"]: "Past", status: gone });
    const list = async (...more: string[]): Promise<string[]> =>
      JSON.parse((await run(command, "--json", ...more)).stdout).items.map(
        ({ id }: { id: string }) => id,
      );
    expect(await list()).toEqual([current]);
    expect(await list("--all")).toEqual([past, current]);
  });

  test("a project that is not there is an error, and no task is made", async () => {
    const { code, stderr } = await run("tasks", "add", "Call", "--project", "Gradn");
    expect(code).toBe(2);
    expect(stderr).toContain('no active project is called "Gradn"');
    expect((await door.client.entities("task")).items).toEqual([]);
  });

  test("an edit of nothing is a usage error", async () => {
    expect((await run("tasks", "edit", "task_1")).code).toBe(2);
  });

  test("a date that is none is refused", async () => {
    expect((await run("tasks", "add", "Call", "--due", "soon")).code).toBe(2);
  });
});

describe("verify", () => {
  test("exits 0 when every file is accounted for", async () => {
    expect(await run("verify")).toMatchObject({ code: 0 });
  });

  test("exits 1 and names the files that are not", async () => {
    const lost = door.folder.write("inbox/lost.md", "# Lost\n");
    door.folder.write("inbox/.git/config", "");
    const { code, stdout } = await run("verify");
    expect(code).toBe(1);
    expect(stdout).toContain(`not read: ${door.folder.file("inbox/.git")} (`);
    expect(stdout).toContain(`not complete: 1 file unaccounted\n  ${lost}\n`);
  });

  test("names the directories that could not be looked into", async () => {
    const directory = {
      agent_id: "inbox",
      path: "/in",
      online: true,
      on_disk: 3,
      done: 3,
      pending: 0,
      failed: 0,
      skipped: 0,
      unaccounted: [],
    };
    const ignored = ["a", "b"].map((name) => ({ path: `/in/${name}`, reason: "unreadable" }));
    const directories = [
      { ...directory, ignored },
      { ...directory, ignored: [], online: false },
    ];
    // A directory that may not be read cannot be made where the tests run as root.
    const verify = async () => ({ complete: false, directories });
    await using server = await openServer({ control: { verify } });
    home.write("daemon.json", daemonFile(server));
    const { stdout } = await run("verify");
    expect(stdout).toContain("not complete: 1 directory offline, 2 directories not readable\n");
  });
});

describe("stop", () => {
  test("asks the daemon to end and waits until its process has", async () => {
    const ended = spawnSync(process.execPath, ["--version"]).pid;
    home.write("daemon.json", daemonFile({ ...door, pid: ended }));
    expect(door.daemon.isStopAsked).toBe(false);
    expect(await run("stop")).toMatchObject({ code: 0, stdout: "Stopped.\n" });
    expect(door.daemon.isStopAsked).toBe(true);
  });
});
