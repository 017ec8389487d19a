import { mkdirSync } from "node:fs";
import Database from "better-sqlite3";
import type { Client } from "../../daemon/client/client.ts";
import { openJournal } from "../../daemon/journal/open.ts";
import type { Tables } from "../../daemon/journal/tables.ts";
import type { Program, TestHome } from "../helper/program.ts";

/** How much there is in a journal that has been in use for years. */
export const FULL = {
  files: 100_000,
  directories: 2_000,
  projects: 1_000,
  tasks: 14_000,
  notes: 5_000,
  runs: 5_000,
  requests: 100_000,
};

const START_MS = Date.parse("2026-01-01T00:00:00Z");
const DAYS = 300;
// Of English prose, the commonest words take about this share.
const VOCABULARY = 60_000;
const DOCUMENT_WORDS = 300;

/** The n-th commonest word of a language nobody speaks; word 0 stands in every document. */
export function wordAt(rank: number): string {
  let word = "";
  for (let left = rank * 7919 + 2600; left > 0; left = Math.floor(left / 26)) {
    word += "etaoinshrdlucmfwypvbgkjqxz"[left % 26];
  }
  return word;
}

/** Deterministic numbers from 0 to 1. */
function createRandom(): () => number {
  let seed = 1;
  return () => {
    // Mulberry32.
    seed = (seed + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Starts the program on a full journal. */
export async function startFull(
  home: TestHome,
  say: (text: string) => void,
): Promise<{ root: string; program: Program; client: Client }> {
  const root = home.file("tree");
  mkdirSync(root);
  // What is in it is old, and not to be purged meanwhile.
  home.configure(`retention: { conversation_days: null }
agents: [{ id: bench, enabled: false, directories: [{ path: "${root}" }] }]
`);
  mkdirSync(home.file("home"), { recursive: true });
  await writeFullJournal(home.file("home/agent-runner.db"), { agent_id: "bench", root }, say);
  const program = home.start();
  return { root, program, client: await home.connect() };
}

/** Writes a full journal of one agent. Past the rooms, since it would take them hours. */
async function writeFullJournal(
  path: string,
  agent: { agent_id: string; root: string },
  say: (text: string) => void,
): Promise<void> {
  (await openJournal(path)).close();
  const database = new Database(path);
  // Whoever pulls the plug writes it again.
  database.pragma("synchronous = OFF");
  database.pragma("foreign_keys = OFF");
  const random = createRandom();
  const text = (words: number): string =>
    Array.from({ length: words }, () => wordAt(Math.floor(VOCABULARY ** random()) - 1)).join(" ");
  const at = (share: number): string =>
    new Date(START_MS + Math.floor(share * DAYS * 86_400_000)).toISOString();
  const insert = <Name extends keyof Tables>(
    table: Name,
    row: Partial<Record<keyof Tables[Name], unknown>>,
  ): void => {
    const names = Object.keys(row);
    const values = names.map((name) => `@${name}`).join(", ");
    prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${values})`).run(row);
  };
  const statements = new Map<string, Database.Statement>();
  const prepare = (sql: string): Database.Statement => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  /** Calls `write` for each number, a thousand to a transaction. */
  const many = (
    what: string,
    count: number,
    write: (index: number, share: number) => void,
  ): void => {
    say(`writing ${count} ${what}`);
    const part = database.transaction((from: number) => {
      for (let index = from; index < Math.min(from + 1000, count); index += 1) {
        write(index, index / count);
      }
    });
    for (let from = 0; from < count; from += 1000) part(from);
  };

  const { agent_id, root } = agent;
  insert("agents", {
    agent_id,
    config: "{}",
    base_recipe: "r",
    ad_hoc: 0,
    created_at: at(0),
    updated_at: at(0),
  });
  many("runs", FULL.runs, (index, share) => {
    const times = { started_at: at(share), listed_at: at(share), finished_at: at(share) };
    const status = index % 50 === 0 ? "partial" : "success";
    insert("runs", {
      run_id: `run_${index}`,
      agent_id,
      trigger: "watch",
      status,
      dry_run: 0,
      force: 0,
      ...times,
    });
  });
  many("files with their documents", FULL.files, (index, share) => {
    const hash = index.toString(16).padStart(64, "0");
    const run_id = `run_${Math.floor(share * FULL.runs)}`;
    const ids = { job_id: `job_${index}`, agent_id, hash };
    const state = ["failed", "pending", "skipped"][index % 20] ?? "done";
    insert("jobs", {
      ...ids,
      recipe: "r",
      generation: 0,
      state,
      run_id,
      rank: 2,
      modified_ms: index,
      extractor: "1",
      created_at: at(share),
      finished_at: at(share),
      attempts: 1,
    });
    const parent = `${root}/directory ${index % FULL.directories}`;
    insert("files", {
      ...ids,
      file_id: `file_${index}`,
      path: `${parent}/file ${index}.md`,
      parent,
      root,
      state,
      size: 2000,
      mtime_ms: index,
      ctime_ms: index,
      inode: index,
      read_at_ms: index,
      processed_at: at(share),
    });
    const document = JSON.stringify({ title: text(5), text: text(DOCUMENT_WORDS) });
    insert("documents", { hash, extractor: "1", document, created_at: at(share) });
  });
  const common = (share: number): object => ({
    created_at: at(share),
    updated_at: at(share),
    created_by: agent_id,
  });
  let changes = 0;
  const addSource = (entity_type: string, entity_id: string, share: number): void => {
    const index = Math.floor(share * FULL.files);
    const run_id = `run_${Math.floor(share * FULL.runs)}`;
    const ids = {
      entity_id,
      file_id: `file_${index}`,
      entity_type,
      job_id: `job_${index}`,
      run_id,
    };
    insert("sources", { ...ids, quote: text(8), verified: 1, created_at: at(share) });
    insert("changes", {
      actor: agent_id,
      run_id,
      job_id: `job_${index}`,
      position: changes++,
      op: "create",
      entity_type,
      entity_id,
      state: "applied",
      created_at: at(share),
    });
  };
  many("projects", FULL.projects, (index, share) => {
    const id = `project_${index}`;
    const name = `${text(2)} ${index}`;
    insert("projects", {
      id,
      name,
      name_key: name,
      description: text(10),
      status: "active",
      ...common(share),
    });
    addSource("project", id, share);
  });
  for (const [table, type, field] of [
    ["tasks", "task", "description"],
    ["notes", "note", "body"],
  ] as const) {
    many(table, FULL[table], (index, share) => {
      const id = `${type}_${index}`;
      const title = text(6);
      const words = type === "note" ? 80 : 12;
      insert(table, {
        id,
        title,
        title_key: title,
        [field]: text(words),
        tags: "[]",
        project_id: `project_${index % FULL.projects}`,
        ...common(share),
        ...(type === "note"
          ? { status: index % 10 === 0 ? "archived" : "active" }
          : { status: index % 3 === 0 ? "open" : "done", priority: "normal" }),
      });
      addSource(type, id, share);
    });
  }
  many("requests", FULL.requests, (index, share) => {
    const job = Math.floor(share * FULL.files);
    insert("requests", {
      job_id: `job_${job}`,
      attempt_id: `attempt_${job}`,
      agent_id,
      iteration: index,
      run_id: `run_${Math.floor(share * FULL.runs)}`,
      state: "answered",
      provider: "openai",
      model: `model-${index % 3}`,
      sent_at: at(share),
      answered_at: at(share),
      reply: JSON.stringify({ text: text(100) }),
      tool_results: "[]",
      input_tokens: 2000,
      cached_input_tokens: 500,
      output_tokens: 200,
      cost_usd: 0.001,
    });
  });
  database.close();
}
