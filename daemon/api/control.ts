import type {
  AdHocTrigger,
  AgentView,
  Estimate,
  EstimateQuery,
  OfferedModel,
  PauseAnswer,
  PauseRequest,
  Page,
  Status,
  TriggerOptions,
  Verify,
} from "../protocol/api.ts";
import type { ConfigView } from "../protocol/config-view.ts";
import type { DirectoryView } from "../protocol/directory-view.ts";
import type { Entity, EntityType, FieldsByType } from "../protocol/entity.ts";
import type { Explanation } from "../protocol/explain.ts";
import type { File, FileState } from "../protocol/file.ts";
import type { Run, RunStatus } from "../protocol/run.ts";
import type { SearchItem, SearchType } from "../protocol/search.ts";
import type { Activity, UsageBy, UsagePage } from "../protocol/usage.ts";
import type { RunChange } from "../protocol/run-changes.ts";
import type { Afterwards } from "./afterwards.ts";

/** What a list of entities can be narrowed by; a field that the type lacks matches nothing. */
export interface EntityFilter {
  status?: string;
  project_id?: string;
  /** Only what rests on this file. */
  file_id?: string;
}

export interface PageQuery {
  limit: number;
  /** Opaque; where the page before ended. */
  cursor?: string | undefined;
}

/** One attempt at a file, with its conversation as far as it is still kept. */
export interface AttemptView {
  attempt_id: string;
  run_id: string;
  number: number;
  started_at: string;
  finished_at: string | null;
  outcome: string | null;
  error: { code: string; message: string; hint: string | null } | null;
  requests: {
    iteration: number;
    state: string;
    model: string;
    sent_at: string;
    answered_at: string | null;
    reply: unknown;
    tool_results: string[] | null;
    input_tokens: number | null;
    cached_input_tokens: number | null;
    output_tokens: number | null;
    cost_usd: number | null;
  }[];
}

/** What the door reads; the journal has it. A cursor that is not one of ours throws `invalid_request`. */
export interface Views {
  listRuns(query: PageQuery & { agent_id?: string; status?: RunStatus }): Page<Run>;
  findRun(runId: string): Run | undefined;
  /** What a run changed, or a dry run would change. */
  listRunChanges(runId: string, query: PageQuery): Page<RunChange>;
  listFiles(
    query: PageQuery & { agent_id?: string; state?: FileState; path?: string; contains?: string },
  ): Page<File>;
  listDirectories(query: PageQuery & { agent_id?: string }): Page<DirectoryView>;
  findFile(fileId: string): File | undefined;
  /** The clean text the model was given (null: not extracted, or removed) and every attempt. */
  findFileHistory(fileId: string): { text: string | null; attempts: AttemptView[] } | undefined;
  listEntities<T extends EntityType>(type: T, query: PageQuery & EntityFilter): Page<Entity<T>>;
  findEntity<T extends EntityType>(type: T, id: string): Entity<T> | undefined;
  listActivity(days: number): Activity;
  listUsage(query: PageQuery & { by: UsageBy; from?: string; to?: string }): UsagePage;
  search(query: PageQuery & { q: string; type?: SearchType }): Page<SearchItem>;
  /** Why an entity of any type is as it is, a deleted one too. */
  explain(id: string): Explanation | undefined;
}

/** What the door may ask of the daemon. Each throws a RunnerError that the door passes on. */
export interface Control extends Afterwards {
  readonly version: string;
  status(): Status;
  /** The configured agents. */
  agents(): AgentView[];
  /** One agent, configured or ad hoc. @throws agent_not_found */
  agent(agentId: string): AgentView;
  /** @throws agent_not_found, run_in_progress (`data.run_id`), invalid_request */
  trigger(agentId: string, options: TriggerOptions): { run_id: string };
  triggerAdHoc(body: AdHocTrigger): { run_id: string };
  /** Lets the run go on that waits for consent. @throws agent_not_found, nothing_to_confirm */
  confirm(agentId: string): { run_id: string };
  /** What the files of an agent's run that wait would cost. @throws agent_not_found */
  estimate(agentId: string, query: EstimateQuery): Estimate;
  /** @throws agent_not_found */
  pause(request: PauseRequest): PauseAnswer;
  /** Ends a pause; one of all agents outranks that of one. @throws agent_not_found */
  resume(request: Omit<PauseRequest, "minutes">): PauseAnswer;
  /** @throws run_not_found, run_not_running */
  cancelRun(runId: string): void;
  /** Does a failed file again under a new run. @throws file_not_found, invalid_request, run_in_progress */
  retryFile(fileId: string): { run_id: string };
  verify(agentId?: string): Promise<Verify>;
  /** The models that could be asked: what is found on this machine, and what the config names. */
  models(): Promise<OfferedModel[]>;
  createEntity<T extends EntityType>(type: T, fields: Partial<FieldsByType[T]>): Entity<T>;
  /** The user's own edit: each changed field is the user's from then on. @throws entity_not_found */
  editEntity<T extends EntityType>(
    type: T,
    id: string,
    fields: Partial<FieldsByType[T]>,
  ): Entity<T>;
  /** Leaves a tombstone. @throws entity_not_found */
  deleteEntity(type: EntityType, id: string): void;
  /** config.yaml, without its keys. @throws config_missing */
  config(): ConfigView;
  /** What would be wrong with a text of config.yaml. @throws config_missing */
  checkConfig(text: string): ConfigView["issues"];
  /** Puts a text in the place of the one with this etag. @throws config_changed, config_invalid, config_missing */
  replaceConfig(text: string, etag: string | undefined): ConfigView;
  /** Ends the daemon after the answer is sent. */
  stop(): void;
}
