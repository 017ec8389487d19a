const RUN_ID = "run_0mch5y3k7t2w";
const FILE_ID = "file_0mch5y3k9a1d";
const PATH = "/home/ada/Documents/Inbox/minutes.md";
const AT = "2026-11-20T10:00:00.000Z";

const common = {
  created_at: AT,
  updated_at: AT,
  created_by: "inbox",
  user_edited: [],
  sources: [
    {
      file_id: FILE_ID,
      path: PATH,
      run_id: RUN_ID,
      quote: "Ada sends the offer by 4 December.",
      verified: true,
    },
  ],
};

/** What the named schemas of the API's description look like, by their names. */
export const EXAMPLES: Record<string, unknown> = {
  Problem: {
    type: "about:blank",
    title: "Conflict",
    status: 409,
    code: "run_in_progress",
    detail: "inbox has a run under way",
    hint: "Wait for it, or cancel it.",
    run_id: RUN_ID,
  },
  Run: {
    run_id: RUN_ID,
    agent_id: "inbox",
    trigger: "watch",
    status: "success",
    dry_run: false,
    awaits_confirmation: false,
    started_at: AT,
    finished_at: AT,
    files: { found: 1, unchanged: 0, processed: 1, failed: 0, skipped: 0, pending: 0 },
    entities: { created: 2, updated: 0, retired: 0 },
    usage: {
      requests: 2,
      input_tokens: 3812,
      cached_input_tokens: 1536,
      output_tokens: 240,
      cost_usd: 0.0064,
    },
    error: null,
  },
  File: {
    file_id: FILE_ID,
    agent_id: "inbox",
    path: PATH,
    state: "done",
    reason: null,
    next_attempt_at: null,
    size: 1204,
    mtime: AT,
    hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    recipe: "8f14e45fceea167a",
    attempts: 1,
    processed_at: AT,
    error: null,
    entities: [{ type: "task", id: "task_0mch5y3m4e8f", title: "Send the offer" }],
  },
  Project: {
    id: "project_0mch5y3m2b6c",
    name: "Roof",
    description: "",
    status: "active",
    ...common,
  },
  Task: {
    id: "task_0mch5y3m4e8f",
    title: "Send the offer",
    description: "",
    status: "open",
    priority: "normal",
    due_date: "2026-12-04",
    project_id: "project_0mch5y3m2b6c",
    tags: [],
    ...common,
  },
  Note: {
    id: "note_0mch5y3m6g0h",
    title: "Minutes of the roof meeting",
    body: "- Slate lasts longer.",
    project_id: "project_0mch5y3m2b6c",
    tags: ["roof"],
    status: "active",
    ...common,
  },
};
