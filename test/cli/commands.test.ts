import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { RunnerError } from "../../daemon/core/errors.ts";
import type { TestFolder } from "../helper/folder.ts";
import { sampleFile, sampleRun } from "../helper/memory-door.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { daemonFile, type Ended, openHome, runInProcess } from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = await openHome();
  ({ door, home } = opened);
  return opened.close;
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, args);

describe("status and agents", () => {
  test("status says plainly that the rules are not a language model", async () => {
    const { code, stdout } = await run("status");
    expect(code).toBe(0);
    expect(stdout).toContain("state  idle\nmodel  built-in rules (not a language model)\n");
    expect(stdout).toContain("queue  0 pending, 0 working, 1 failed");
  });

  test("a problem stands with what to do about it", async () => {
    const problem = { code: "key_missing", agent_id: "mail", message: "no key", hint: "Set it." };
    const status = { ...door.control.status(), problems: [problem] };
    door.control.status = () => status;
    expect((await run("status")).stdout).toContain("mail: no key\n  Set it.\n");
  });

  test("--json prints what the API answers, and of the status how it stands with the tray", async () => {
    expect(JSON.parse((await run("status", "--json")).stdout)).toEqual({
      ...door.control.status(),
      tray: expect.objectContaining({ shown: false }),
    });
    expect(JSON.parse((await run("--json", "agents")).stdout)).toMatchObject({
      items: [{ id: "inbox" }, { id: "mail" }, { id: "notes" }],
    });
  });
});

test("api prints what the daemon answers, a problem too", async () => {
  const { code, stdout } = await run("api", "get", "/api/runs?limit=1");
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { items: [sampleRun("run_3")], next_cursor: "1" },
  ]);
  const sent = await run("api", "POST", "/api/tasks", '{"title": "\\u001b[31mA"}');
  expect([sent.code, sent.stdout]).toEqual([0, expect.stringContaining('"\\u001b[31mA"')]);
  const problem = await run("api", "GET", "/api/runs/none", "--json");
  expect([problem.code, JSON.parse(problem.stdout)]).toMatchObject([1, { code: "run_not_found" }]);
  const put = ["api", "PUT", "/api/config", '{"text": "version: 1"}'];
  expect((await run(...put)).code).toBe(1);
  expect((await run(...put, "--if-match", '"e1"')).code).toBe(0);
  expect(await run("api", "DELETE", "/api/notes/note_1")).toMatchObject({ code: 1 });
});

test.each([
  [["LOOK", "/api/status"], 'Expected one of GET, POST, PUT, PATCH, DELETE, got "LOOK".'],
  [["GET", "status"], 'path must begin with /, got "status"'],
  [["POST", "/api/pause", "{minutes"], "The body is not JSON."],
])("api %j is a usage error", async (args, message) => {
  expect(await run("api", ...args)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(message),
  });
  expect(door.calls).toEqual([]);
});

test("usage shows what requests came to, and never takes an unknown price for zero", async () => {
  const { code, stdout } = await run("usage", "--by", "model", "--from", "2026-03-01");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^MODEL +REQUESTS +INPUT TOKENS +CACHED +OUTPUT TOKENS +COST\n/u);
  expect(stdout).toMatch(/\ntotal +3 +1200 +200 +90 +\$0\.2500 and 1 request of unknown price\n$/u);
  expect(door.calls).toEqual([["listUsage", { by: "model", from: "2026-03-01", limit: 50 }]]);
  expect(JSON.parse((await run("usage", "--json")).stdout)).toMatchObject({
    items: [{ key: "2026-03-01", cost_usd: null }],
    total: { requests: 3, unpriced_requests: 1 },
  });
  expect(await run("usage", "--from", "today")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("expected a date as YYYY-MM-DD."),
  });
});

test("search passes its words on and shows what is found with its text", async () => {
  const found = { type: "note", id: "note_1", title: "Roof", snippet: "…of slate…" } as const;
  const items = [
    { ...found, status: "active", path: null },
    { ...found, type: "file" as const, id: "file_1", status: null, path: "/in/roof.md" },
  ];
  expect((await run("search", "nothing")).stdout).toBe("Nothing found.\n");
  door.views.search = (query) => {
    door.calls.push(["search", query]);
    return { items, next_cursor: null };
  };
  const { code, stdout } = await run("search", "roof", "slate", "--type", "note");
  expect(code).toBe(0);
  expect(stdout).toBe(
    "Roof  note, active  note_1\n  …of slate…\nRoof  file  /in/roof.md\n  …of slate…\n",
  );
  expect(door.calls.at(-1)).toEqual(["search", { q: "roof slate", type: "note", limit: 20 }]);
  expect(JSON.parse((await run("search", "roof", "--json")).stdout).items).toEqual(items);
  expect((await run("search")).code).toBe(2);
});

describe("models", () => {
  const CONFIG = "# Mine.\nversion: 1\nmodel: { provider: rules } # for now\n";

  test("each is shown with what is known of it", async () => {
    const { stdout } = await run("models");
    expect(stdout).toMatch(/qwen3\.5:4b +http\S+ +yes +- +262144 +3\.4 GB +not loaded +free +-/u);
    expect(stdout).toMatch(/big:cloud .* remote +unknown +mail/u);
    const { items } = JSON.parse((await run("models", "--json")).stdout);
    expect(items).toEqual(await door.control.models());
  });

  test("--use writes one into the config and keeps the rest of it", async () => {
    home.write("config.yaml", CONFIG);
    const { code, stdout, stderr } = await run("models", "--use", "qwen3.5:4b");
    expect([code, stdout]).toEqual([0, expect.stringContaining("now uses qwen3.5:4b at http")]);
    expect(stderr).toBe("qwen3.5:4b: runs on this machine; free.\n");
    const text = readFileSync(home.file("config.yaml"), "utf8");
    expect(text).toContain("# Mine.");
    expect(text).toContain("# for now");
    expect(text).toMatch(/base_url: http:\/\/127\.0\.0\.1:11434\/v1, name: qwen3\.5:4b/u);
    expect((await run("models", "--use", "rules")).code).toBe(0);
    expect(readFileSync(home.file("config.yaml"), "utf8")).toContain("provider: rules");
  });

  test("--use of what is not there, of one that several have, or without a config changes nothing", async () => {
    expect(await run("models", "--use", "rules")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("does not exist"),
    });
    home.write("config.yaml", CONFIG);
    expect(await run("models", "--use", "gpt")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Choose one of: qwen3.5:4b, big:cloud."),
    });
    const [model] = await door.control.models();
    const other = { ...model!, base_url: "http://127.0.0.1:8080/v1" };
    door.control.models = async () => [model!, other];
    expect(await run("models", "--use", "qwen3.5:4b")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`--at with one of: ${model?.base_url}, ${other.base_url}`),
    });
    expect(readFileSync(home.file("config.yaml"), "utf8")).toBe(CONFIG);
    expect((await run("models", "--use", "qwen3.5:4b", "--at", other.base_url)).code).toBe(0);
    expect(readFileSync(home.file("config.yaml"), "utf8")).toContain(other.base_url);
  });
});

describe("runs", () => {
  test("lists the newest first", async () => {
    const { stdout } = await run("runs");
    expect(stdout.match(/run_\d/g)).toEqual(["run_3", "run_2", "run_1"]);
  });

  test("--limit says that there are more, and with --json the cursor does", async () => {
    expect((await run("runs", "--limit", "2")).stdout).toContain("Showing 2; there are more.");
    const short = JSON.parse((await run("runs", "--limit", "2", "--json")).stdout);
    const whole = JSON.parse((await run("runs", "--limit", "3", "--json")).stdout);
    expect([short.items.length, short.next_cursor]).toEqual([2, "2"]);
    expect([whole.items.length, whole.next_cursor]).toEqual([3, null]);
  });

  test("--all reads every page, and an explicit --limit holds beside it", async () => {
    door.runs.push(...Array.from({ length: 600 }, (_, index) => sampleRun(`run_more_${index}`)));
    const count = async (...args: string[]): Promise<number> =>
      JSON.parse((await run("runs", "--json", ...args)).stdout).items.length;
    expect([await count(), await count("--all"), await count("--all", "--limit", "2")]).toEqual([
      50, 603, 2,
    ]);
  });

  test("a path that is longer than any terminal stands whole in a pipe", async () => {
    const path = `/in/${"deep/".repeat(60)}a.md`;
    door.files.splice(0, 3, sampleFile("file_a", path));
    expect((await run("files")).stdout).toContain(`${path}  failed`);
  });

  test("one run is shown whole", async () => {
    const { stdout } = await run("runs", "run_2");
    expect(stdout).toContain("run_2 running");
    expect(stdout).toContain("1 found: 0 unchanged");
  });

  test("a run that is not known is a usage error", async () => {
    expect(await run("runs", "run_9")).toMatchObject({ code: 2, stdout: "" });
  });

  test("cancel ends one", async () => {
    expect(await run("cancel", "run_2")).toMatchObject({ code: 0, stdout: "Cancelled run_2.\n" });
    expect(door.runs.find(({ run_id }) => run_id === "run_2")?.status).toBe("cancelled");
  });
});

describe("run", () => {
  test("starts a run of an agent and gives its id", async () => {
    const { code, stdout } = await run("run", "inbox", "--force", "--json");
    expect([code, JSON.parse(stdout)]).toEqual([0, { run_id: "run_new" }]);
    expect(door.calls).toContainEqual([
      "trigger",
      "inbox",
      { force: true, dry_run: false, confirm: false, paths: null },
    ]);
  });

  test.each([
    ["success", 0],
    ["partial", 3],
    ["error", 3],
    ["cancelled", 130],
  ] as const)("--wait for a run that ends %s exits %i", async (status, expected) => {
    door.runs.push({ ...sampleRun("run_new"), status });
    const { code, stdout } = await run("run", "inbox", "--wait");
    expect(code).toBe(expected);
    expect(stdout).toContain(`run_new ${status}`);
  });

  test("Ctrl-C while waiting says that the run goes on, and exits 130", async () => {
    const interrupt = new AbortController();
    let reads = 0;
    door.views.findRun = (runId) => {
      reads += 1;
      if (reads === 2) interrupt.abort();
      return sampleRun(runId);
    };
    const { code, stdout, stderr } = await runInProcess(home, ["run", "inbox", "--wait"], {
      signal: interrupt.signal,
    });
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toContain("Interrupted. run_new continues;");
  });

  test("an agent that is busy is told with the run that goes on and what to do, and exits 1", async () => {
    Object.assign(door.control.agent("inbox"), { running_run_id: "run_3" });
    const { code, stdout } = await run("run", "inbox", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "run_in_progress", run_id: "run_3", hint: expect.stringContaining("--wait") },
    });
  });

  test.each([
    ["success", 0, 1, "run_new", 0],
    ["success", 0, 0, "run_3", 0],
    ["partial", 1, 1, "run_new", 3],
    ["partial", 1, 0, "run_3", 3],
    ["cancelled", 0, 0, "run_new", 0],
  ] as const)(
    "--wait after a run that ended %s with %i failed, and read %i more, shows %s and exits %i",
    async (status, failed, processed, shown, expected) => {
      const [before] = door.runs;
      const found = { found: 1, unchanged: 0, skipped: 0, pending: 0 };
      Object.assign(before!, { status, files: { ...found, failed, processed: 1 - failed } });
      const files = { ...found, failed: 0, processed };
      door.runs.push({ ...sampleRun("run_new"), status: "success", files });
      let isBusy = true;
      door.control.trigger = () => {
        if (!isBusy) return { run_id: "run_new" };
        isBusy = false;
        throw new RunnerError("run_in_progress", "busy", { data: { run_id: "run_3" } });
      };
      const { code, stdout, stderr } = await run("run", "inbox", "--wait", "--json");
      expect([code, JSON.parse(stdout).run_id]).toEqual([expected, shown]);
      expect(stderr).toContain("run_3 is in progress: waiting for it first.\n");
      expect(stderr).toContain(`run_3 ended: ${status}, `);
    },
  );

  test("--wait does not wait for a run that waits for consent, and says what it would cost", async () => {
    Object.assign(door.runs[0]!, { awaits_confirmation: true });
    Object.assign(door.control.agent("inbox"), { running_run_id: "run_3" });
    const { code, stderr } = await run("run", "inbox", "--wait");
    expect([code, stderr]).toEqual([3, expect.stringContaining("Add --yes to consent.")]);
    expect(door.calls.map(([name]) => name)).toEqual(["trigger"]);
  });

  test("an agent that is not known exits 2 with a hint", async () => {
    const { code, stderr } = await run("run", "nobody");
    expect([code, stderr]).toEqual([2, "error: no agent nobody\n  See `agents`.\n"]);
  });

  test("a directory makes an agent for itself, by its real path", async () => {
    await run("run", "--directory", home.path, "--instructions", "find tasks");
    expect(door.calls[0]).toMatchObject([
      "triggerAdHoc",
      { directories: [{ path: home.path }], instructions: "find tasks", force: false },
    ]);
  });

  test("a directory that holds an export is read with a word about it", async () => {
    expect((await run("run", "--directory", home.path)).stderr).not.toContain("export");
    await run("export", "md", home.file("vault"));
    const { stderr } = await run("run", "--directory", home.file("vault"));
    expect(stderr).toContain("vault is an export of Agent Runner");
  });
});

describe("files and retry", () => {
  test("files shows path, state and reason", async () => {
    const { stdout } = await run("files", "--state", "failed");
    expect(stdout).toMatch(/\/in\/a\.md +failed +bad_tool_calls +inbox/);
  });

  test("one file is shown with its error", async () => {
    const { stdout } = await run("files", "/in/b.md");
    expect(stdout).toContain("id        file_b");
    expect(stdout).toContain("error     no tool call could be read");
  });

  test("a path that nobody knows lists nothing", async () => {
    expect(await run("files", "/elsewhere")).toMatchObject({ code: 0, stdout: "No files.\n" });
  });

  test("retry takes a path", async () => {
    expect(await run("retry", "/in/a.md")).toMatchObject({ stdout: "Started run_retry.\n" });
    expect(door.calls).toEqual([["retryFile", "file_a"]]);
  });

  test("retry of a path that nobody knows exits 2", async () => {
    expect((await run("retry", "/in/z.md")).code).toBe(2);
  });

  test("retry --failed makes one run for each agent", async () => {
    door.files.push({ ...sampleFile("file_m", "/mail/m.eml"), agent_id: "mail" });
    expect((await run("retry", "--failed")).code).toBe(0);
    const options = { force: true, dry_run: false, confirm: false };
    expect(door.calls).toEqual([
      ["trigger", "inbox", { ...options, paths: ["/in/a.md", "/in/b.md", "/in/c.md"] }],
      ["trigger", "mail", { ...options, paths: ["/mail/m.eml"] }],
    ]);
  });

  test("retry wants a file or --failed, and not both", async () => {
    expect((await run("retry")).code).toBe(2);
    expect((await run("retry", "/in/a.md", "--failed")).code).toBe(2);
  });
});

describe("tasks, notes and projects", () => {
  test("a task is added to a project by its name, edited and done", async () => {
    const project = door.control.createEntity("project", { name: "Garden  House" });
    const fields = ["--due", "2026-09-01", "--project", "garden house"];
    const added = await run("tasks", "add", "Call Anna", ...fields, "--json");
    const task = JSON.parse(added.stdout);
    expect(task).toMatchObject({ due_date: "2026-09-01", project_id: project.id });

    await run("tasks", "edit", task.id, "--due", "none", "--project", "none", "--priority", "high");
    expect(door.views.findEntity("task", task.id)).toMatchObject({
      title: "Call Anna",
      due_date: null,
      project_id: null,
      priority: "high",
    });

    const done = await run("tasks", "done", task.id);
    expect(done.stdout).toBe(`Done ${task.id}: Call Anna\n`);
    expect(door.views.findEntity("task", task.id)?.status).toBe("done");
  });

  test("tasks shows due date, project and source, and nothing a terminal would act on", async () => {
    const project = door.control.createEntity("project", { name: "Garden\x1b[31m" });
    const task = door.control.createEntity("task", {
      title: "Call\nAnna",
      due_date: "2026-09-01",
      project_id: project.id,
    });
    const source = { file_id: "file_a", run_id: "run_1", quote: null, verified: false };
    task.sources.push({ ...source, path: "/in/a.md" });
    const { stdout } = await run("tasks");
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^TASK +TITLE +STATUS +DUE +PROJECT +SOURCE$/),
      `${task.id}  Call\\nAnna  open    2026-09-01  Garden\\x1b[31m  /in/a.md`,
      "",
    ]);
  });

  test.each([
    ["tasks", "task", "open"],
    ["notes", "note", "active"],
    ["projects", "project", "active"],
  ])("%s lists what is current, and with --all everything", async (command, type, status) => {
    const asked = (wanted: string | undefined) => ["listEntities", type, { status: wanted }];
    expect((await run(command)).stdout).toBe(`No ${command}.\n`);
    await run(command, "--all");
    expect(door.calls).toEqual([asked(status), asked(undefined)]);
  });

  test("a project that is not there is an error, and no task is made", async () => {
    const { code, stderr } = await run("tasks", "add", "Call", "--project", "Gradn");
    expect(code).toBe(2);
    expect(stderr).toContain('No active project is called "Gradn"');
    expect(door.views.listEntities("task", { limit: 1 }).items).toEqual([]);
  });

  test("an edit of nothing is a usage error", async () => {
    expect((await run("tasks", "edit", "task_1")).code).toBe(2);
  });

  test("a date that is none is refused", async () => {
    expect((await run("tasks", "add", "Call", "--due", "soon")).code).toBe(2);
  });
});

describe("verify", () => {
  const directory = {
    agent_id: "inbox",
    path: "/in",
    online: true,
    on_disk: 3,
    done: 2,
    pending: 0,
    failed: 0,
    skipped: 0,
    unaccounted: ["/in/lost.md"],
    ignored: [{ path: "/in/.git", reason: "ignored" }],
  };

  test("exits 0 when every file is accounted for", async () => {
    expect(await run("verify")).toMatchObject({ code: 0 });
  });

  test("exits 1 and names the files that are not", async () => {
    door.control.verify = async () => ({ complete: false, directories: [directory] });
    const { code, stdout } = await run("verify");
    expect(code).toBe(1);
    expect(stdout).toContain("Not read: /in/.git (ignored)");
    expect(stdout).toContain("Not complete: 1 file missed.\n  /in/lost.md\n");
  });

  test("names the directories that could not be looked into", async () => {
    const ignored = ["a", "b"].map((name) => ({ path: `/in/${name}`, reason: "unreadable" }));
    const directories = [
      { ...directory, unaccounted: [], ignored },
      { ...directory, unaccounted: [], online: false },
    ];
    door.control.verify = async () => ({ complete: false, directories });
    const { stdout } = await run("verify");
    expect(stdout).toContain("Not complete: 1 directory offline, 2 directories not readable.\n");
  });
});

describe("stop", () => {
  test("asks the daemon to end and waits until its process has", async () => {
    const ended = spawnSync(process.execPath, ["--version"]).pid;
    home.write("daemon.json", daemonFile({ ...door, pid: ended }));
    expect(await run("stop")).toMatchObject({ code: 0, stdout: "Stopped.\n" });
    expect(door.calls).toEqual([["stop"]]);
  });
});
