import type { Generated, GeneratedAlways } from "kysely";
import type { EntityType } from "../protocol/entity.ts";
import type { FileOutcome, FileState } from "../protocol/file.ts";
import type { RunStatus, Trigger } from "../protocol/run.ts";

/**
 * The type of every table. `migrations/` has the unit and the meaning of null for each column.
 * Instants are ISO 8601 UTC, flags 0 or 1, JSON is text.
 */
export interface Tables {
  agents: AgentsTable;
  directories: DirectoriesTable;
  runs: RunsTable;
  jobs: JobsTable;
  files: FilesTable;
  traces: TracesTable;
  mounts: MountsTable;
  places: PlacesTable;
  documents: DocumentsTable;
  attempts: AttemptsTable;
  requests: RequestsTable;
  trials: TrialsTable;
  projects: ProjectsTable;
  tasks: TasksTable;
  notes: NotesTable;
  sources: SourcesTable;
  changes: ChangesTable;
  origins: OriginsTable;
  undos: UndosTable;
  events: EventsTable;
  settings: SettingsTable;
  drafts: DraftsTable;
}

type Flag = 0 | 1;

interface AgentsTable {
  agent_id: string;
  config: string;
  base_recipe: string;
  ad_hoc: Flag;
  created_at: string;
  updated_at: string;
}

interface DirectoriesTable {
  agent_id: string;
  path: string;
  device: number | null;
  inode: number | null;
  online: Flag;
  scanned_at: string | null;
}

interface PlacesTable {
  agent_id: string;
  path: string;
  sends: string;
  explicit: Flag;
}

export interface RunsTable {
  seq: Generated<number>;
  run_id: string;
  agent_id: string;
  trigger: Trigger;
  status: RunStatus;
  dry_run: Flag;
  force: Flag;
  paths: string | null;
  started_at: string;
  listed_at: string | null;
  awaits_confirmation: Generated<Flag>;
  finished_at: string | null;
  files_unchanged: Generated<number>;
  files_processed: Generated<number>;
  files_failed: Generated<number>;
  files_skipped: Generated<number>;
  files_pending: Generated<number>;
  files_nothing_recorded: Generated<number | null>;
  files_capped: Generated<number | null>;
  files_warned: Generated<number | null>;
  foreseen_entities: Generated<number | null>;
  error: string | null;
}

export type JobState = "pending" | "working" | "done" | "failed" | "skipped" | "superseded";

export interface JobsTable {
  seq: Generated<number>;
  job_id: string;
  agent_id: string;
  hash: string;
  recipe: string;
  generation: number;
  state: JobState;
  reason: string | null;
  run_id: string;
  rank: number;
  modified_ms: number;
  attempt_id: string | null;
  attempts: Generated<number>;
  crashes: Generated<number>;
  faults: Generated<number>;
  next_attempt_at: string | null;
  frame: string | null;
  extractor: string | null;
  error: string | null;
  created_at: string;
  finished_at: string | null;
  forgotten_at: Generated<string | null>;
  base_recipe: GeneratedAlways<string>;
  outcome: Generated<FileOutcome | null>;
  warnings: Generated<string | null>;
  read_whole: Generated<Flag | null>;
  gone: Generated<string | null>;
}

export interface FilesTable {
  seq: Generated<number>;
  file_id: string;
  agent_id: string;
  path: string;
  parent: string;
  root: string;
  state: FileState;
  reason: string | null;
  next_attempt_at: string | null;
  size: number | null;
  mtime_ms: number | null;
  ctime_ms: number | null;
  inode: number | null;
  read_at_ms: number | null;
  hash: string | null;
  job_id: string | null;
  processed_at: string | null;
  error: string | null;
}

interface TracesTable {
  file_id: string;
  inode: number;
  born_ms: number;
  sketch: Uint8Array | null;
}

interface MountsTable {
  agent_id: string;
  root: string;
  path: string;
}

interface DocumentsTable {
  hash: string;
  extractor: string;
  document: string;
  created_at: string;
}

export type AttemptOutcome =
  | "done"
  | "failed"
  | "skipped"
  | "put_off"
  | "changed"
  | "interrupted"
  | "crashed";

interface AttemptsTable {
  attempt_id: string;
  job_id: string;
  run_id: string;
  number: number;
  started_at: string;
  finished_at: string | null;
  outcome: AttemptOutcome | null;
  error: string | null;
}

/** Its columns are as in requests. */
export interface TrialsTable {
  seq: number;
  agent_id: string;
  state: "sent" | "answered" | "failed" | "lost";
  provider: "rules" | "openai";
  model: string;
  sent_at: string;
  answered_at: string | null;
  input_tokens: number | null;
  cached_input_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
  error: string | null;
  reserved_tokens: number | null;
  reserved_usd: number | null;
  host: string | null;
  loopback: Flag | null;
  bytes: number | null;
}

export interface RequestsTable {
  seq: Generated<number>;
  job_id: string;
  attempt_id: string;
  run_id: string;
  agent_id: string;
  iteration: number;
  state: "sent" | "answered" | "failed" | "lost";
  provider: "rules" | "openai";
  model: string;
  sent_at: string;
  answered_at: string | null;
  reply: string | null;
  tool_results: string | null;
  input_tokens: number | null;
  cached_input_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
  error: string | null;
  reserved_tokens: number | null;
  reserved_usd: number | null;
  host: string | null;
  loopback: Flag | null;
  bytes: number | null;
  file_id: string | null;
  path: string | null;
  shown: string | null;
}

interface EntityColumns {
  seq: Generated<number>;
  id: string;
  created_at: string;
  updated_at: string;
  created_by: string;
  user_edited: Generated<string>;
  deleted_at: string | null;
  deleted_by: "user" | "undo" | null;
}

export interface ProjectsTable extends EntityColumns {
  name: string;
  name_key: string;
  description: string;
  status: "active" | "archived";
}

export interface TasksTable extends EntityColumns {
  title: string;
  title_key: string;
  description: string;
  status: "open" | "done" | "cancelled";
  priority: "low" | "normal" | "high";
  due_date: string | null;
  project_id: string | null;
  tags: string;
}

export interface NotesTable extends EntityColumns {
  title: string;
  title_key: string;
  body: string;
  project_id: string | null;
  tags: string;
  status: "active" | "archived";
}

interface SourcesTable {
  entity_id: string;
  file_id: string;
  entity_type: EntityType;
  job_id: string;
  run_id: string;
  quote: string | null;
  verified: Flag;
  created_at: string;
  dropped_by: Generated<string | null>;
}

export interface ChangesTable {
  seq: Generated<number>;
  actor: string;
  run_id: string | null;
  job_id: string | null;
  position: number | null;
  op: "create" | "update" | "confirm" | "retire" | "delete";
  entity_type: EntityType;
  entity_id: string;
  before: string | null;
  after: string | null;
  state: "applied" | "proposed" | "rejected" | "undone";
  created_at: string;
  undo_id: Generated<string | null>;
  quote: string | null;
  verified: Flag | null;
  confirmed: Generated<string | null>;
}

interface OriginsTable {
  job_id: string;
  file_id: string;
}

interface UndosTable {
  undo_id: string;
  run_id: string | null;
  file_id: string | null;
  agent_id: string | null;
  since: string | null;
  reverted: number;
  created_at: string;
}

interface EventsTable {
  event_id: Generated<number>;
  created_at: string;
  event: string;
}

interface SettingsTable {
  name: string;
  value: string;
}

interface DraftsTable {
  draft_id: string;
  page: string;
  form: string;
  texts: string;
  before: string;
  without_keys: Flag;
  created_at: string;
  updated_at: string;
}
