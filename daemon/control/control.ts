/**
 * What a client may ask of the daemon, joined from the rooms that do it. It checks what no single room can:
 * that the agent is enabled, not paused and inside its budget. It never changes what a run did except on the
 * user's request. It keeps nothing: a crash costs the request under way.
 */
import type { Control } from "../api/control.ts";
import { createByUser, deleteByUser, editByUser } from "../commit/user-edit.ts";
import type { ConfigFile } from "../config/config-file.ts";
import { withoutSecrets } from "../config/resolve-model.ts";
import { toInstant } from "../core/clock.ts";
import { discardDraft } from "../journal/drafts.ts";
import type { AgentView } from "../protocol/api.ts";
import type { Enlisted } from "../agents/enlist.ts";
import { type AfterwardsOptions, createAfterwards } from "./afterwards.ts";
import { createKeeping } from "./keeping.ts";
import { offerModels } from "./models.ts";
import { createPausing, type PausingOptions } from "./pausing.ts";
import { createRunControl, type RunControlOptions } from "./run-control.ts";
import type { createStatus } from "./status.ts";
import { type ModelTestOptions, testModel } from "./test-model.ts";
import { verify } from "./verify.ts";

export interface ControlOptions
  extends RunControlOptions, AfterwardsOptions, PausingOptions, ModelTestOptions {
  version: string;
  status: ReturnType<typeof createStatus>;
  configFile: ConfigFile;
  stop(): void;
}

export function createControl(options: ControlOptions): Control {
  const { journal, clock, roster, starter, status, configFile } = options;
  const now = (): string => toInstant(clock.now());

  function view(enlisted: Enlisted): AgentView {
    const { agent } = enlisted;
    const { id: _id, name: _name, model, ...rest } = status.ofAgent(enlisted);
    const { reachable } = model;
    return { ...agent, model: withoutSecrets(agent.model), reachable, ...rest };
  }

  /** Otherwise a crash between the two would offer again what is saved. */
  function saving<T>(draftId: string | undefined, save: () => T): T {
    return journal.transaction(() => {
      if (draftId !== undefined) discardDraft(journal, draftId);
      return save();
    });
  }

  return {
    ...createRunControl(options),
    ...createPausing(options),
    ...createAfterwards(options),
    ...createKeeping(options),
    version: options.version,
    status: status.whole,
    agents: () => roster.configured().map(view),
    agent: (agentId) => view(roster.get(agentId)),
    verify: (agentId) =>
      verify(starter, agentId === undefined ? roster.configured() : [roster.get(agentId)]),
    models: () => offerModels(roster),
    testModel: (agentId) => testModel(options, agentId),
    createEntity: (type, fields, draftId) =>
      saving(draftId, () => createByUser(journal, type, fields, now())),
    editEntity: (type, id, fields, draftId) =>
      saving(draftId, () => editByUser(journal, type, id, fields, now())),
    deleteEntity: (type, id) => deleteByUser(journal, type, id, now()),
    config: () => configFile.view(),
    checkConfig: (text) => configFile.check(text),
    replaceConfig: (text, etag) => configFile.replace(text, etag),
    stop: options.stop,
  };
}
