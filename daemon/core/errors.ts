/**
 * The only error class, and the two tables that map an error to its exit code and status.
 *
 * Every error that leaves a room is a {@link RunnerError} or an `AbortError`. Its `code` is stable, and code decides
 * by it; its `kind` says who must act, and {@link KINDS} maps that to everything else.
 */

/** Who must act: the user (`user`), time (`transient`), no one, because only this file fails (`job`), or we (`bug`). */
export type ErrorKind = "user" | "transient" | "job" | "bug";

/** The exit code of a command and the HTTP status of a route, for each kind. */
export const KINDS: Record<ErrorKind, { exit: number; status: number }> = {
  user: { exit: 2, status: 400 },
  transient: { exit: 1, status: 503 },
  job: { exit: 3, status: 422 },
  bug: { exit: 1, status: 500 },
};

interface CodeEntry {
  kind: ErrorKind;
  /** HTTP status, if it differs from the kind's. */
  status?: number;
  /** Exit code, if it differs from the kind's. */
  exit?: number;
}

/** All codes. A code is public and is never reused for something else. */
export const CODES = {
  // Settings and start-up.
  config_invalid: { kind: "user", status: 422 },
  config_missing: { kind: "user" },
  editor_failed: { kind: "user", exit: 1 },
  home_unusable: { kind: "user" },
  // Another user owns the home, or may write to it.
  home_unsafe: { kind: "user" },
  journal_newer: { kind: "user" },
  journal_damaged: { kind: "user", exit: 1, status: 500 },
  backup_exists: { kind: "user", exit: 1, status: 409 },
  backup_failed: { kind: "user", exit: 1, status: 422 },
  journal_unwritable: { kind: "transient" },
  daemon_running: { kind: "user", exit: 4, status: 409 },
  daemon_not_running: { kind: "user", exit: 4, status: 503 },
  port_in_use: { kind: "user" },

  // The tray.
  tray_running: { kind: "user", exit: 1, status: 409 },
  tray_unavailable: { kind: "user", exit: 1 },

  // Starting at login.
  service_unavailable: { kind: "user", exit: 1 },

  // The API.
  invalid_request: { kind: "user" },
  unauthorized: { kind: "user", status: 401 },
  origin_refused: { kind: "user", status: 403 },
  host_refused: { kind: "user", status: 421 },
  // The connection belongs to another user of this machine.
  user_refused: { kind: "user", status: 403 },
  not_found: { kind: "user", status: 404 },
  agent_not_found: { kind: "user", status: 404 },
  run_not_found: { kind: "user", status: 404 },
  file_not_found: { kind: "user", status: 404 },
  entity_not_found: { kind: "user", status: 404 },
  body_too_large: { kind: "user", status: 413 },
  media_type_unsupported: { kind: "user", status: 415 },
  paused: { kind: "user", exit: 1, status: 409 },
  run_in_progress: { kind: "user", exit: 1, status: 409 },
  nothing_to_confirm: { kind: "user", exit: 1, status: 409 },
  run_not_running: { kind: "user", exit: 1, status: 409 },
  config_changed: { kind: "user", status: 412 },
  project_name_taken: { kind: "user", status: 409 },
  too_many_streams: { kind: "transient" },
  too_many_drafts: { kind: "user", status: 409 },
  draft_too_long: { kind: "user", status: 413 },
  not_yet: { kind: "user", status: 501 },

  // Directories and files.
  directory_missing: { kind: "user" },
  directory_unreadable: { kind: "user" },
  file_unreadable: { kind: "job" },
  file_changed: { kind: "transient" },
  file_gone: { kind: "job" },
  file_busy: { kind: "transient" },
  decoding_failed: { kind: "job" },
  archive_limit: { kind: "job" },
  extract_limit: { kind: "job" },
  extract_timeout: { kind: "job" },
  extractor_crashed: { kind: "job" },
  extractor_unavailable: { kind: "transient" },
  crashed_repeatedly: { kind: "job" },

  // Model endpoints. `user` and `transient` faults leave files pending; `job` ones fail the file.
  key_missing: { kind: "user" },
  key_refused: { kind: "user" },
  model_not_found: { kind: "user" },
  no_tool_calling: { kind: "user" },
  not_allowed: { kind: "user" },
  quota_exhausted: { kind: "user" },
  budget_exhausted: { kind: "user", status: 402, exit: 1 },
  run_budget_exhausted: { kind: "user", status: 402, exit: 1 },
  price_unknown: { kind: "user" },
  settings_changed: { kind: "user" },
  request_rejected: { kind: "user" },
  endpoint_unreachable: { kind: "transient" },
  endpoint_fault: { kind: "transient" },
  rate_limited: { kind: "transient" },
  request_timeout: { kind: "transient" },
  bad_response: { kind: "transient" },
  too_long: { kind: "user" },
  prompt_truncated: { kind: "user" },
  reply_truncated: { kind: "job" },
  reply_filtered: { kind: "job" },
  bad_tool_calls: { kind: "job" },
  iterations_exhausted: { kind: "job" },

  cancelled: { kind: "transient", exit: 130 },
  internal: { kind: "bug" },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof CODES;

export interface ErrorOptions {
  /** What to do about it, as one imperative sentence for the user. */
  hint?: string;
  cause?: unknown;
  /** Facts that belong to the error, for `--json` and problem details, e.g. `{ run_id }`. */
  data?: Record<string, unknown>;
}

/** An error with a stable code, a message that names the value, and a hint that says what to do. */
export class RunnerError extends Error {
  override readonly name = "RunnerError";
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string | null;
  readonly data: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = CODES[code].kind;
    this.hint = options.hint ?? null;
    this.data = options.data ?? {};
  }

  /** The HTTP status a route answers with. */
  get status(): number {
    const entry: CodeEntry = CODES[this.code];
    return entry.status ?? KINDS[this.kind].status;
  }

  /** The exit code a command ends with. */
  get exit(): number {
    const entry: CodeEntry = CODES[this.code];
    return entry.exit ?? KINDS[this.kind].exit;
  }
}

/** Any thrown value as a {@link RunnerError}; any other error is our bug, and becomes the cause. */
export function toRunnerError(thrown: unknown): RunnerError {
  if (thrown instanceof RunnerError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new RunnerError("internal", message, {
    hint: "Report this fault of Agent Runner; the log has the details.",
    cause: thrown,
  });
}

/** Whether a thrown value is an `AbortError`. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "AbortError";
}

/** The `code` of a Node system error (`"ENOENT"`), or undefined for anything else. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
