import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { type LoopOutcome, runLoop } from "../../daemon/agent/loop.ts";
import type { ModelRequest } from "../../daemon/agent/model/model.ts";
import { selectTools } from "../../daemon/agent/toolbox.ts";
import { listEarlier } from "../../daemon/commit/earlier.ts";
import { createByUser, editByUser } from "../../daemon/commit/user-edit.ts";
import { openWorkspace } from "../../daemon/commit/workspace.ts";
import { saveAgent } from "../../daemon/journal/agents.ts";
import { findEntity, listAlive, titleOf } from "../../daemon/journal/entities.ts";
import { type Journal, openJournal } from "../../daemon/journal/open.ts";
import { ENTITY_TYPES, type EntityType } from "../../daemon/protocol/entity.ts";
import { testFolder } from "../helper/folder.ts";
import { modelRequest } from "../helper/model-request.ts";
import { type ModelStep, scriptedModel } from "../helper/scripted-model.ts";
import { addJob, claim, layJournal, NOW } from "../helper/test-journal.ts";
import { commitJob } from "../helper/worked-job.ts";

/** In every text that no request may hold. */
export const CANARY = "canary";

export const MAX_CHANGES = 5;
export const CALL_LIMITS = { reading: 8, writing: 20 };

// Words that no text of an attacker has by chance.
const TITLES = {
  file: { project: "Quartz estate", task: "Xylophone payment", note: "Zeppelin ledger" },
  agent: { project: "Umbrella venture", task: "Walnut delivery", note: "Velvet minutes" },
  user: { project: "Nautical tavern", task: "Obsidian repair", note: "Pheasant journal" },
} as const;

/** An entity that an attacker must not harm. */
export interface Victim {
  of: keyof typeof TITLES;
  type: EntityType;
  id: string;
  title: string;
}

export interface World extends Disposable {
  journal: Journal;
  /** What another file of the attacker's agent, another agent and the user made. */
  victims: readonly Victim[];
  /** The run in which the other file was read. */
  victims_run_id: string;
  /** What is stored of a victim: fields, edits, tombstone and sources. */
  look(victim: Victim): { fields: object; rest: object; file_ids: string[] };
  /** Everything that the model was told so far. */
  told: string[];
  /** Reads a file with a model of these steps, over the real loop, tools, staging and commit. */
  read(path: string, text: string, steps: readonly ModelStep[]): Promise<ReadFile>;
}

export interface ReadFile {
  file_id: string;
  job_id: string;
  outcome: LoopOutcome["outcome"];
  results: string[];
}

/** A journal with entities of another file, another agent and the user, each with a canary in its text. */
export async function openWorld(): Promise<World> {
  template ??= makeTemplate();
  const { bytes, victims, victims_run_id } = await template;
  const folder = testFolder();
  const file = folder.file("agent-runner.db");
  writeFileSync(file, bytes);
  const journal = await openJournal(file);
  const told: string[] = [];
  return {
    journal,
    victims,
    victims_run_id,
    look: (victim) => look(journal, victim),
    told,
    async read(path, text, steps) {
      const { requests, ...read } = await readFile(journal, { path, text, steps });
      // The last request has all messages of those before it.
      told.push(JSON.stringify(requests.at(-1)?.messages));
      return read;
    },
    [Symbol.dispose]() {
      journal.close();
      folder[Symbol.dispose]();
    },
  };
}

type Template = Pick<World, "victims" | "victims_run_id"> & { bytes: Buffer };

let template: Promise<Template> | undefined;

/** The file of a world in which no attack happened yet: it is made once, and the rest are copies. */
async function makeTemplate(): Promise<Template> {
  using folder = testFolder();
  const file = folder.file("agent-runner.db");
  await layJournal(file);
  const journal = await openJournal(file);
  saveAgent(journal, { agent_id: "inbox", config: "{}", base_recipe: "r1", ad_hoc: false }, NOW);
  const read = (path: string, text: string, calls: ReturnType<typeof createAll>) =>
    readFile(journal, { path, text, steps: [{ calls }, {}] });
  const { run_id } = await read("/in/private.md", "Private", createAll("file"));
  const others = await read("/in/other.md", "Other", createAll("agent"));
  giveToOtherAgent(journal, others.job_id);
  createByUser(journal, "project", { name: TITLES.user.project, description: CANARY }, NOW);
  createByUser(journal, "task", { title: TITLES.user.task, description: CANARY }, NOW);
  createByUser(journal, "note", { title: TITLES.user.note, body: CANARY }, NOW);
  const victims = listVictims(journal);
  const edited = victims.find(({ of, type }) => of === "file" && type === "task");
  editByUser(journal, "task", edited?.id ?? "", { due_date: "2027-01-01" }, NOW);
  // The last one to close a journal writes its log back, so this one file is all of it.
  journal.close();
  return { bytes: readFileSync(file), victims, victims_run_id: run_id };
}

function createAll(of: keyof typeof TITLES) {
  const { project, task, note } = TITLES[of];
  return [
    { name: "create_project", arguments: { name: project, description: CANARY } },
    { name: "create_task", arguments: { title: task, description: CANARY } },
    { name: "create_note", arguments: { title: note, body: CANARY } },
  ];
}

/** Makes what a job made the work of another agent. */
function giveToOtherAgent(journal: Journal, jobId: string): void {
  saveAgent(journal, { agent_id: "other", config: "{}", base_recipe: "r2", ad_hoc: false }, NOW);
  const agent_id = { agent_id: "other" };
  journal.run(journal.build.updateTable("jobs").set(agent_id).where("job_id", "=", jobId));
  journal.run(journal.build.updateTable("files").set(agent_id).where("job_id", "=", jobId));
  journal.run(
    journal.build.updateTable("changes").set({ actor: "other" }).where("job_id", "=", jobId),
  );
  for (const table of ["projects", "tasks", "notes"] as const) {
    const ofJob = journal.build
      .selectFrom("changes")
      .select("entity_id")
      .where("job_id", "=", jobId);
    journal.run(
      journal.build.updateTable(table).set({ created_by: "other" }).where("id", "in", ofJob),
    );
  }
}

function listVictims(journal: Journal): Victim[] {
  return ENTITY_TYPES.flatMap((type) =>
    listAlive(journal, type, {}, 9).map(({ id, fields }) => {
      const title = titleOf(type, fields);
      const of = (["file", "agent", "user"] as const).find((key) => TITLES[key][type] === title);
      if (of === undefined) throw new Error(`${title} is of no victim.`);
      return { of, type, id, title };
    }),
  );
}

function look(journal: Journal, { type, id }: Victim): ReturnType<World["look"]> {
  const stored = findEntity(journal, type, id);
  if (stored === undefined) throw new Error(`${id} is gone.`);
  const { fields, user_edited, created_by, deleted_by } = stored;
  const sources = journal.all(
    journal.build.selectFrom("sources").select("file_id").where("entity_id", "=", id),
  );
  const file_ids = sources.map(({ file_id }) => file_id).toSorted();
  return { fields, rest: { user_edited, created_by, deleted_by }, file_ids };
}

async function readFile(
  journal: Journal,
  file: { path: string; text: string; steps: readonly ModelStep[] },
): Promise<ReadFile & { run_id: string; requests: readonly ModelRequest[] }> {
  const { path, text, steps } = file;
  const hash = createHash("sha256").update(text).digest("hex");
  const { run_id, file_ids } = addJob(journal, { hash, paths: [path] });
  const job = claim(journal);
  const workspace = openWorkspace(journal, {
    job_id: job.job_id,
    agent_id: "inbox",
    file_ids,
    text,
    max_changes: MAX_CHANGES,
  });
  const { document, frame } = modelRequest();
  const projects = listAlive(journal, "project", { status: "active" }, 99);
  const model = scriptedModel(steps);
  const { outcome, tool_results } = await runLoop({
    instructions: "",
    document: { ...document, text },
    frame: {
      ...frame,
      projects: projects.map(({ id, fields }) => ({ id, name: fields.name })),
      earlier: listEarlier(journal, file_ids, 99),
    },
    model,
    tools: selectTools([]),
    workspace,
    replies: { find: () => undefined, open: () => ({ answer: async () => {}, fail() {} }) },
    max_iterations: 50,
    call_limits: CALL_LIMITS,
    stop: new AbortController().signal,
    abort: new AbortController().signal,
  });
  commitJob(journal, { job, run_id, workspace });
  const results = [...tool_results.values()].flat();
  const [file_id = ""] = file_ids;
  return { file_id, job_id: job.job_id, run_id, requests: model.requests, outcome, results };
}
