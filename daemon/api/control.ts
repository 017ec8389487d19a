import type {
  AdHocTrigger,
  AgentView,
  Estimate,
  EstimateQuery,
  OfferedModel,
  PauseAnswer,
  PauseRequest,
  Status,
  TriggerOptions,
  Verify,
} from "../protocol/api.ts";
import type { ConfigView } from "../protocol/config-view.ts";
import type { Entity, EntityType, FieldsByType } from "../protocol/entity.ts";
import type { Afterwards } from "./afterwards.ts";

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
