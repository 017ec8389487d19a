import { spawnSync } from "node:child_process";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import {
  agentView,
  fileDetail,
  offeredModel,
  pageSchema,
  pauseAnswer,
  statusProblem,
  statusSchema,
  triggerAnswer,
} from "../../daemon/protocol/api.ts";
import { verifySchema } from "../../daemon/protocol/verify.ts";
import { diagnosisSchema } from "../../daemon/protocol/diagnosis.ts";
import { noteSchema, projectSchema, taskSchema } from "../../daemon/protocol/entity.ts";
import { initializedSchema } from "../../daemon/protocol/initialized.ts";
import { exportSchema } from "../../daemon/protocol/export.ts";
import { explainSchema } from "../../daemon/protocol/explain.ts";
import { forgetAnswer } from "../../daemon/protocol/forget.ts";
import { backupAnswer } from "../../daemon/protocol/backup.ts";
import { keptSchema } from "../../daemon/protocol/undo.ts";
import { fileSchema } from "../../daemon/protocol/file.ts";
import { trayReport } from "../../daemon/protocol/tray.ts";
import { searchItem } from "../../daemon/protocol/search.ts";
import { versionsSchema } from "../../daemon/protocol/versions.ts";
import { sentRequest } from "../../daemon/protocol/sent.ts";
import { usagePage } from "../../daemon/protocol/usage.ts";
import { runSchema } from "../../daemon/protocol/run.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { startOllama } from "../helper/ollama.ts";
import { type OpenDoor, openDoor } from "../helper/open-door.ts";
import { addFailedFile, addRun } from "../helper/past-work.ts";
import { workJob } from "../helper/worked-job.ts";
import { listCommands } from "./command-tree.ts";
import { daemonFile, runInProcess } from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = new AsyncDisposableStack();
  const ollama = opened.use(await startOllama());
  door = opened.use(await openDoor({ agents: { notes: `model: ${ollama.cloud}` } }));
  home = opened.use(testFolder({ "config.yaml": "version: 1\n" }));
  home.write("daemon.json", daemonFile(door));
  return () => opened.disposeAsync();
});

/** What there is for a command to name. */
interface Place {
  home: TestFolder;
  taskId: string;
  noteId: string;
  /** A run that ended, and changed something. */
  runId: string;
  /** A run that goes on. */
  runningId: string;
}

interface Row {
  args: (place: Place) => string[];
  schema: z.ZodType;
  /** 0 where it is left out. */
  code?: number;
}

const items = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });
const always =
  (...args: string[]) =>
  (): string[] =>
    args;

/** What each command prints with --json, in the words of the protocol, and what it ends with. */
const ROWS: Record<string, Row> = {
  status: { args: always("status"), schema: statusSchema.extend({ tray: trayReport }) },
  agents: { args: always("agents"), schema: items(agentView) },
  run: { args: always("run", "inbox"), schema: triggerAnswer },
  pause: { args: always("pause", "--for", "1h"), schema: pauseAnswer },
  resume: { args: always("resume"), schema: pauseAnswer },
  cancel: { args: ({ runningId }) => ["cancel", runningId], schema: runSchema },
  runs: { args: always("runs"), schema: pageSchema(runSchema) },
  "runs RUN": { args: ({ runId }) => ["runs", runId], schema: runSchema },
  files: { args: always("files"), schema: pageSchema(fileSchema) },
  "files PATH": { args: always("files", "/in/a.md"), schema: fileDetail },
  retry: { args: always("retry", "--failed"), schema: items(triggerAnswer) },
  undo: {
    args: ({ runId }) => ["undo", runId, "--yes"],
    schema: z.strictObject({
      undo_ids: z.array(z.string()),
      reverted: z.int(),
      kept: z.array(keptSchema.extend({ title: z.string().nullable() })),
    }),
  },
  explain: { args: ({ taskId }) => ["explain", taskId], schema: explainSchema },
  forget: { args: always("forget", "/in/a.md", "--yes"), schema: items(forgetAnswer) },
  backup: { args: always("backup"), schema: backupAnswer },
  api: { args: always("api", "GET", "/api/status"), schema: statusSchema },
  verify: { args: always("verify"), schema: verifySchema },
  tasks: { args: always("tasks"), schema: pageSchema(taskSchema) },
  "tasks add": { args: always("tasks", "add", "Call"), schema: taskSchema },
  "tasks edit": {
    args: ({ taskId }) => ["tasks", "edit", taskId, "--priority", "high"],
    schema: taskSchema,
  },
  "tasks done": { args: ({ taskId }) => ["tasks", "done", taskId], schema: taskSchema },
  notes: { args: always("notes"), schema: pageSchema(noteSchema) },
  "notes show": { args: ({ noteId }) => ["notes", "show", noteId], schema: noteSchema },
  projects: { args: always("projects"), schema: pageSchema(projectSchema) },
  models: { args: always("models"), schema: items(offeredModel) },
  "models --use": {
    args: always("models", "--use", "rules"),
    schema: z.strictObject({
      config: z.string(),
      model: z.strictObject({
        provider: z.string(),
        name: z.string(),
        base_url: z.string().nullable(),
      }),
    }),
  },
  search: { args: always("search", "plan"), schema: pageSchema(searchItem) },
  usage: { args: always("usage"), schema: usagePage },
  sent: { args: always("sent"), schema: pageSchema(sentRequest) },
  "config check": {
    args: always("config", "check"),
    schema: z.strictObject({
      config: z.string(),
      valid: z.literal(true),
      agents: z.int(),
      problems: z.array(statusProblem),
    }),
  },
  "config path": { args: always("config", "path"), schema: z.strictObject({ config: z.string() }) },
  "config schema": {
    args: always("config", "schema"),
    schema: z.looseObject({ title: z.string() }),
  },
  logs: { args: always("logs"), schema: items(z.unknown()) },
  init: {
    args: (place) => ["init", "--directory", place.home.path, "--yes"],
    schema: initializedSchema,
  },
  export: {
    args: (place) => ["export", "md", place.home.file("out")],
    schema: exportSchema,
  },
  completion: {
    args: always("completion", "bash"),
    schema: z.strictObject({ shell: z.literal("bash"), script: z.string() }),
  },
  open: {
    args: always("open", "--print"),
    schema: z.strictObject({ address: z.url(), opened: z.literal(false) }),
  },
  // There is no display, as over SSH.
  tray: {
    args: always("tray"),
    schema: z.strictObject({ error: z.looseObject({ code: z.literal("tray_unavailable") }) }),
    code: 1,
  },
  "service status": {
    args: always("service", "status"),
    schema: z.strictObject({
      manager: z.string(),
      name: z.string(),
      files: z.array(z.string()),
      installed: z.boolean(),
      up_to_date: z.boolean(),
    }),
  },
  // What others can read, of a home made for tests.
  doctor: { args: always("doctor"), schema: diagnosisSchema, code: 1 },
  stop: { args: always("stop"), schema: z.strictObject({ stopped: z.literal(true) }) },
  version: { args: always("version"), schema: versionsSchema },
  help: { args: always("help"), schema: z.strictObject({ help: z.string() }) },
};

/** What has no row, and why. */
const ELSEWHERE: Record<string, string> = {
  config: "has only commands below it",
  service: "has only commands below it",
  "service install": "changes what starts at login: test/cli/service.test.ts",
  "service uninstall": "changes what starts at login: test/cli/service.test.ts",
  "config edit": "opens an editor: test/process/config-edit.test.ts",
  start: "runs until it is stopped: test/process/start.test.ts",
};

test("every command has a row", () => {
  const named = listCommands().flatMap(({ name }) => (name === "" ? [] : [name]));
  const missing = named.filter((name) => !(name in ROWS) && !(name in ELSEWHERE));
  expect(missing).toEqual([]);
});

test.each(Object.entries(ROWS))(
  "%s --json prints one document of its shape",
  async (_name, row) => {
    const { id: taskId } = await door.client.createEntity("task", { title: "Write the plan" });
    const { id: noteId } = await door.client.createEntity("note", { title: "The plan" });
    const { run_id: runId } = workJob(door.journal, { text: "Call Ann" }, (workspace) => {
      workspace.createNote({ title: "Plan", body: "# Plan" }, "Call Ann");
      workspace.createProject({ name: "Roof" }, null);
    });
    const runningId = addRun(door.journal, { agent_id: "mail", status: "running" });
    addFailedFile(door.journal, door.folder.file("inbox/lost.md"));
    // `stop` waits until this one has ended.
    const ended = spawnSync(process.execPath, ["--version"]).pid;
    home.write("daemon.json", daemonFile({ ...door, pid: ended }));
    const { code, stdout } = await runInProcess(home, [
      ...row.args({ home, taskId, noteId, runId, runningId }),
      "--json",
    ]);
    expect(stdout).toMatch(/^[^\n]+\n$/u);
    const document = JSON.parse(stdout);
    // Nothing is left out and nothing is added: what the schema makes of it is the whole of it.
    expect(row.schema.parse(document)).toEqual(document);
    expect(code).toBe(row.code ?? 0);
  },
);

// With no daemon these do without, or start one of their own.
const NEED_NONE = [
  "completion",
  "config check",
  "config path",
  "config schema",
  "doctor",
  "export",
  "help",
  "init",
  "logs",
  "models",
  "models --use",
  "run",
  "service status",
  "tray",
  "version",
];

test.each(Object.entries(ROWS).filter(([name]) => !NEED_NONE.includes(name)))(
  "%s exits 4 with the error as JSON where no daemon runs",
  async (_name, row) => {
    using empty = testFolder();
    const args = [
      ...row.args({
        home: empty,
        taskId: "task_1",
        noteId: "note_1",
        runId: "run_1",
        runningId: "run_2",
      }),
      "--json",
    ];
    const { code, stdout } = await runInProcess(empty, args);
    expect([code, JSON.parse(stdout)]).toEqual([
      4,
      { error: expect.objectContaining({ code: "daemon_not_running", kind: "user" }) },
    ]);
  },
);
