import { fixFrame } from "../../daemon/journal/attempts.ts";
import { commit, type CommitRequest } from "../../daemon/commit/commit.ts";
import { type JobWorkspace, openWorkspace } from "../../daemon/commit/workspace.ts";
import type { ClaimedJob } from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import type { Agent } from "../../daemon/protocol/agent.ts";
import { finishIfComplete } from "../../daemon/runs/finish.ts";
import { addJob, claim, NOW } from "./test-journal.ts";

export interface WorkOptions {
  /** One letter or digit, which stands for the content. */
  content?: string;
  paths?: string[];
  /** Where it is given, the job read it to its end. */
  text?: string;
  max_changes?: number;
  /** The version of what read the file. */
  extractor?: string;
  /** It was stopped at a limit. */
  is_capped?: boolean;
  on_drop?: NonNullable<Agent["on_drop"]>;
  on_delete?: Agent["on_delete"];
  /** What the model was shown as having no passage. */
  without_passage?: readonly string[];
}

export interface JobAtWork {
  job: ClaimedJob;
  run_id: string;
  file_ids: string[];
  workspace: JobWorkspace;
  read_whole?: NonNullable<CommitRequest["read_whole"]>;
}

/** A claimed job of `inbox` in a run of its own, with its workspace open. */
export function beginJob(journal: Journal, options: WorkOptions = {}): JobAtWork {
  const { content = "a", paths = ["/in/a.md"] } = options;
  const { run_id, file_ids } = addJob(journal, { hash: content.repeat(64), paths });
  const job = claim(journal);
  const {
    text,
    extractor = "1",
    is_capped = false,
    on_drop = "mark",
    on_delete = "keep",
  } = options;
  if (text !== undefined) fixFrame(journal, job, framed(text, extractor), NOW);
  const workspace = workspaceOf(journal, job, file_ids, options);
  return {
    job,
    run_id,
    file_ids,
    workspace,
    ...(text !== undefined && !is_capped && { read_whole: { text, on_drop, on_delete } }),
  };
}

function framed(text: string, extractor: string): Parameters<typeof fixFrame>[2] {
  const document = {
    content_type: "text/plain",
    title: null,
    text,
    headings: [],
    metadata: {},
    warnings: [],
  };
  const frame = {
    fence: "f",
    today: "2026-11-30",
    file_name: "a.md",
    relative_path: "a.md",
    modified_at: NOW,
    projects: [],
    earlier: [],
  };
  return { frame, document, extractor, recipe: "r1" };
}

export function workspaceOf(
  journal: Journal,
  job: ClaimedJob,
  file_ids: readonly string[],
  { text = "", max_changes = 50, without_passage = [] }: WorkOptions = {},
): JobWorkspace {
  const { job_id, agent_id } = job;
  return openWorkspace(journal, {
    job_id,
    agent_id,
    file_ids,
    text,
    max_changes,
    without_passage: new Set(without_passage),
  });
}

/** Commits what is staged and ends the run. Gives whether the commit was let through. */
export function commitJob(
  journal: Journal,
  {
    job,
    run_id,
    workspace,
    read_whole,
  }: Pick<JobAtWork, "job" | "run_id" | "workspace" | "read_whole">,
): boolean {
  const change_set = workspace.changeSet();
  const request = {
    job,
    change_set,
    tool_results: new Map<number, string[]>(),
    changed_files: [],
    warnings: [],
    ...(read_whole !== undefined && { read_whole }),
  };
  const committed = commit(journal, request, NOW);
  finishIfComplete(journal, run_id, NOW);
  return committed;
}

/** Does a whole job: `write` stages, then all is committed. */
export function workJob(
  journal: Journal,
  options: WorkOptions,
  write: (workspace: JobWorkspace) => void,
): JobAtWork {
  const atWork = beginJob(journal, options);
  write(atWork.workspace);
  commitJob(journal, atWork);
  return atWork;
}
