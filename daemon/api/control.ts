import type {
  AdHocTrigger,
  AgentView,
  OfferedModel,
  PauseAnswer,
  PauseRequest,
  Status,
  TriggerOptions,
} from "../protocol/api.ts";
import type { Verify } from "../protocol/verify.ts";
import type { Estimate, EstimateQuery } from "../protocol/estimate.ts";
import type { ConfigView } from "../protocol/config-view.ts";
import type { DraftBody, KeptDraft } from "../protocol/draft.ts";
import type { ModelTest } from "../protocol/model-test.ts";
import type { Preferences, PreferencesEdit } from "../protocol/preferences.ts";
import type { Entity, EntityType, FieldsByType } from "../protocol/entity.ts";
import type { Afterwards } from "./afterwards.ts";

/** What routes may ask of the daemon. Each method throws a RunnerError, which becomes the answer. */
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
  /** Continues the run that waits for consent. @throws agent_not_found, nothing_to_confirm */
  confirm(agentId: string): { run_id: string };
  /** What the waiting files of an agent's run would cost. @throws agent_not_found */
  estimate(agentId: string, query: EstimateQuery): Estimate;
  /** @throws agent_not_found */
  pause(request: PauseRequest): PauseAnswer;
  /** Ends a pause; a pause of all agents outranks the pause of one. @throws agent_not_found */
  resume(request: Omit<PauseRequest, "minutes">): PauseAnswer;
  /** @throws run_not_found, run_not_running */
  cancelRun(runId: string): void;
  /** Processes a failed file again in a new run. @throws file_not_found, invalid_request, run_in_progress */
  retryFile(fileId: string): { run_id: string };
  verify(agentId?: string): Promise<Verify>;
  /** The models that agents could use: found on this machine, or named in the config. */
  models(): Promise<OfferedModel[]>;
  /** Sends the model of an agent one small request. @throws agent_not_found, invalid_request, budget_exhausted, not_allowed */
  testModel(agentId: string): Promise<ModelTest>;
  /** @param draftId the draft that this saves, which is discarded in the same step */
  createEntity<T extends EntityType>(
    type: T,
    fields: Partial<FieldsByType[T]>,
    draftId?: string,
  ): Entity<T>;
  /** The user's own edit: each changed field is the user's from then on. @throws entity_not_found */
  editEntity<T extends EntityType>(
    type: T,
    id: string,
    fields: Partial<FieldsByType[T]>,
    draftId?: string,
  ): Entity<T>;
  /** Leaves a tombstone. @throws entity_not_found */
  deleteEntity(type: EntityType, id: string): void;
  /** config.yaml, without its keys. @throws config_missing */
  config(): ConfigView;
  /** The mistakes in a text of config.yaml. @throws config_missing */
  checkConfig(text: string): ConfigView["issues"];
  /** Replaces config.yaml if it still has this etag. @throws config_changed, config_invalid, config_missing */
  replaceConfig(text: string, etag: string | undefined): ConfigView;
  /**
   * Keeps what was typed into a form, without keys of the config.
   *
   * @throws draft_too_long, too_many_drafts; config_invalid for a text of the config in which no key can be recognized
   */
  keepDraft(draftId: string, body: DraftBody): KeptDraft;
  discardDraft(draftId: string): void;
  /** Changes what is given, and keeps the rest. @throws invalid_request */
  changePreferences(edit: PreferencesEdit): Preferences;
  /** Ends the daemon. */
  stop(): void;
}
