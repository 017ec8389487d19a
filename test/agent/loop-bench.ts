import { type LoopInput, type LoopOutcome, runLoop } from "../../daemon/agent/loop.ts";
import type { ModelReply } from "../../daemon/agent/model/model.ts";
import { selectTools } from "../../daemon/agent/toolbox.ts";
import type { EntityView, Workspace, WriteResult } from "../../daemon/agent/workspace.ts";
import type { RunnerError } from "../../daemon/core/errors.ts";
import type { EntityType, FieldsByType } from "../../daemon/protocol/entity.ts";
import { modelRequest } from "../helper/model-request.ts";
import { type ModelStep, scriptedModel } from "../helper/scripted-model.ts";

/** What happened at a loop, in its order: `open 1`, `answer 1`, `create_task Call`, `fail 2 internal`. */
export interface LoopBench {
  happened: string[];
  replies: Map<number, ModelReply>;
  input(steps: readonly ModelStep[], changes?: Partial<LoopInput>): LoopInput & Disposable;
  run(steps: readonly ModelStep[], changes?: Partial<LoopInput>): Promise<LoopOutcome>;
}

/** A place to run loops at: a reply log and a workspace that write down what is done to them. */
export function openLoopBench(): LoopBench {
  const happened: string[] = [];
  const replies = new Map<number, ModelReply>();

  const log = {
    find: (iteration: number) => replies.get(iteration),
    open(iteration: number) {
      happened.push(`open ${iteration}`);
      return {
        async answer(reply: ModelReply): Promise<void> {
          happened.push(`answer ${iteration}`);
          replies.set(iteration, structuredClone(reply));
        },
        fail(error: RunnerError): void {
          happened.push(`fail ${iteration} ${error.code}`);
        },
      };
    },
  };

  function input(steps: readonly ModelStep[], changes: Partial<LoopInput> = {}) {
    const { document, frame } = modelRequest();
    const model = scriptedModel(steps);
    return {
      instructions: "",
      frame,
      document,
      model,
      tools: selectTools([]),
      workspace: recordingWorkspace(happened),
      replies: log,
      max_iterations: 4,
      call_limits: { reading: 99, writing: 99 },
      stop: new AbortController().signal,
      abort: new AbortController().signal,
      ...changes,
      [Symbol.dispose]: () => model[Symbol.dispose](),
    };
  }

  return {
    happened,
    replies,
    input,
    async run(steps, changes) {
      using prepared = input(steps, changes);
      return await runLoop(prepared);
    },
  };
}

function recordingWorkspace(happened: string[]): Workspace {
  function write<T extends EntityType>(
    tool: string,
    type: T,
    fields: Partial<FieldsByType[T]>,
    title: string,
  ): WriteResult<T> {
    happened.push(`${tool} ${title}`);
    if (title === "refused") return { outcome: "refused", reason: "It is not wanted." };
    const entity = viewOf(type, `id_${title}`, fields);
    return { outcome: "created", entity, kept: [] };
  }
  return {
    listProjects: () => [viewOf("project", "project_1", { name: "Alpha" })],
    createProject: (fields) => write("create_project", "project", fields, fields.name),
    updateProject: (id, fields) => write("update_project", "project", fields, id),
    listTasks: () => [],
    createTask: (fields) => write("create_task", "task", fields, fields.title),
    updateTask: (id, fields) => write("update_task", "task", fields, id),
    listNotes: () => [],
    createNote: (fields) => write("create_note", "note", fields, fields.title),
    updateNote: (id, fields) => write("update_note", "note", fields, id),
    search: () => [],
    markGone(id) {
      happened.push(`mark_gone ${id}`);
      return { outcome: "noted" };
    },
  };
}

/** An entity as tools have it, of another file and not edited. */
export function viewOf<T extends EntityType>(
  type: T,
  id: string,
  fields: Partial<FieldsByType[T]>,
): EntityView<T> {
  return { type, id, fields, of_this_file: false, user_edited: [] };
}

/** A call that creates a task. */
export function createTask(title: string) {
  return { name: "create_task", arguments: { title } };
}
