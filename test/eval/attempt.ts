import { callLimitsOf } from "../../daemon/agent/call-limit.ts";
import { runLoop, type ReplyLog } from "../../daemon/agent/loop.ts";
import type { Model, ModelReply } from "../../daemon/agent/model/model.ts";
import { selectTools } from "../../daemon/agent/toolbox.ts";
import { createByUser } from "../../daemon/commit/user-edit.ts";
import { openWorkspace } from "../../daemon/commit/workspace.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { createFence } from "../../daemon/core/id.ts";
import { listAlive } from "../../daemon/journal/entities.ts";
import { openJournal } from "../../daemon/journal/open.ts";
import type { Isolate } from "../../daemon/preprocess/isolate.ts";
import { preprocess } from "../../daemon/preprocess/preprocess.ts";
import type { Change } from "../../daemon/protocol/change-set.ts";
import { ENTITY_DEFAULTS } from "../../daemon/protocol/entity.ts";
import { testFolder } from "../helper/folder.ts";
import type { Fixture } from "./fixture.ts";

// The defaults of an agent.
const MAX_ITERATIONS = 12;
const MAX_CHANGES = 50;

/** What a model made of a document. */
export interface Attempt {
  /** What it was given to read. */
  text: string;
  /** What it would have committed; nothing where the job would have failed. */
  changes: readonly Change[];
  /** The projects that it made, and those that its note and tasks belong to. */
  projects: readonly string[];
  /** Why nothing would have been committed, or null. */
  failure: string | null;
  iterations: number;
  input_tokens: number;
  output_tokens: number;
  /** null: the price is not known. */
  cost_usd: number | null;
}

/**
 * Reads a document as the pipeline does, up to the commit: preprocessing, the loop with this model, and the
 * change set staged on a journal of its own.
 *
 * @throws {RunnerError} of kind `user` or `transient` for a fault of the endpoint, the key or the quota
 */
export async function attempt(fixture: Fixture, model: Model, isolate: Isolate): Promise<Attempt> {
  using folder = testFolder();
  const journal = await openJournal(folder.file("agent-runner.db"));
  try {
    const { bytes, name, wanted } = fixture;
    const modified_at = atLocalNoon(wanted.modified).toISOString();
    for (const project of wanted.active_projects) {
      createByUser(journal, "project", { ...ENTITY_DEFAULTS.project, name: project }, modified_at);
    }
    const active = listAlive(journal, "project", { status: "active" }, 100);
    const times = { mtime_ms: 0, ctime_ms: 0 };
    const snapshot = { bytes, hash: "", size: bytes.length, inode: 0, ...times };
    const preprocessed = await preprocess(snapshot, name, { isolate });
    if (preprocessed.outcome === "skipped") return nothing(`skipped: ${preprocessed.reason}`);
    const { document } = preprocessed;
    const workspace = openWorkspace(journal, {
      job_id: `job_${fixture.path}`,
      agent_id: "eval",
      file_ids: [],
      text: document.text,
      max_changes: MAX_CHANGES,
    });
    const replies: ModelReply[] = [];
    const signal = new AbortController().signal;
    let failure: string | null = null;
    try {
      const { outcome } = await runLoop({
        instructions: "",
        document,
        frame: {
          fence: createFence(),
          today: wanted.modified,
          file_name: name,
          relative_path: name,
          modified_at,
          projects: active.map(({ id, fields }) => ({ id, name: fields.name })),
          earlier: [],
        },
        model,
        tools: selectTools([]),
        workspace,
        replies: logTo(replies),
        max_iterations: MAX_ITERATIONS,
        call_limits: callLimitsOf({ max_changes_per_file: MAX_CHANGES }),
        stop: signal,
        abort: signal,
      });
      if (outcome !== "complete" && outcome !== "capped") failure = outcome;
    } catch (error) {
      // A bad answer fails its document alone.
      if (!(error instanceof RunnerError && error.kind === "job")) throw error;
      failure = error.code;
    }
    const changes = failure === null ? workspace.changeSet().changes : [];
    const usages = replies.map(({ usage }) => usage);
    return {
      text: document.text,
      changes,
      projects: listProjects(changes, active),
      failure,
      iterations: replies.length,
      input_tokens: sum(usages.map((usage) => usage?.input_tokens ?? 0)),
      output_tokens: sum(usages.map((usage) => usage?.output_tokens ?? 0)),
      cost_usd: replies.some(({ cost_usd }) => cost_usd === null)
        ? null
        : sum(replies.map(({ cost_usd }) => cost_usd ?? 0)),
    };
  } finally {
    journal.close();
  }
}

function nothing(failure: string): Attempt {
  const usage = { iterations: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0 };
  return { text: "", changes: [], projects: [], failure, ...usage };
}

function listProjects(
  changes: readonly Change[],
  active: readonly { id: string; fields: { name: string } }[],
): string[] {
  const names = new Map(active.map(({ id, fields }) => [id, fields.name]));
  const used = new Set<string>();
  for (const { entity_type, entity_id, fields } of changes) {
    if (entity_type === "project") {
      names.set(entity_id, fields.name ?? "");
      used.add(entity_id);
    } else if (typeof fields.project_id === "string") {
      used.add(fields.project_id);
    }
  }
  return [...used].map((id) => names.get(id) ?? id);
}

function logTo(replies: ModelReply[]): ReplyLog {
  return {
    find: () => undefined,
    open: () => ({
      async answer(reply) {
        replies.push(reply);
      },
      fail() {},
    }),
  };
}

function atLocalNoon(day: string): Date {
  return new Date(`${day}T12:00:00`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
