import { RULES } from "../protocol/agent.ts";
import type { Document, Frame } from "../protocol/document.ts";
import type { Message, Model, ModelReply, ModelRequest, ToolCall } from "../agent/model/model.ts";
import { foldText } from "./excerpt.ts";
import { type Plan, planDocument } from "./plan.ts";
import type { NamedProject } from "./project.ts";

/*
 * The built-in rules: the default model, without a language model and without network. They implement the Model
 * interface of the agent room: fixed rules read titles, summaries, tasks, due dates and projects from notes, mails,
 * chats, tables and lists, English first, and answer with the tool calls of a language model. They promise the same
 * reply to the same request, linear cost on any document, and that each record quotes the document. They never
 * understand a text: a request in an unknown form gives a summary and no task. They keep only the plan of a document
 * between the requests of a job, so a crash costs nothing.
 */

/** Rises with every change of the records made from the same document; part of the recipe of agents with these rules. */
export const RULES_VERSION = "3";

// How a list is divided into replies decides what `max_iterations` leaves out.
const MAX_CALLS = 16;

/** Creates the model of the built-in rules. */
export function createRulesModel(): Model {
  // Each iteration of a job asks about the same document, and a long document takes time to read.
  const plans = new WeakMap<Frame, { document: Document; plan: Plan }>();
  const planOf = ({ document, frame }: ModelRequest): Plan => {
    const known = plans.get(frame);
    if (known?.document === document) return known.plan;
    const plan = planDocument(document, frame);
    plans.set(frame, { document, plan });
    return plan;
  };
  return {
    provider: RULES,
    name: RULES,
    endpoint: null,
    reserve: () => ({ tokens: 0, usd: 0 }),
    sizeOf: () => 0,
    window: null,
    is_unverified: false,
    is_reasoning_off: false,
    is_uncached: false,
    retires_on: null,
    findFault: () => null,
    async ensureRoom() {},
    async complete(request, { signal }) {
      signal.throwIfAborted();
      return answer(request, planOf(request));
    },
    async close() {},
  };
}

type Call = Pick<ToolCall, "name"> & { arguments: Record<string, unknown> };

/** Answers with the calls of this iteration: projects first, since the others need their ids, then note and tasks. */
function answer(request: ModelRequest, plan: Plan): ModelReply {
  const { messages, iteration } = request;
  const created = readProjectIds(messages);
  const idOf = (project: NamedProject | null): string | null =>
    project === null ? null : (project.id ?? created.get(project.name) ?? null);
  const isAllowed = ({ name }: Call): boolean => request.tools.some((tool) => tool.name === name);
  const turns = [
    ...inTurns(toProjectCalls(plan).filter(isAllowed)),
    ...inTurns(
      [...toEntityCalls(plan, idOf), ...toReopenings(plan, request.frame)].filter(isAllowed),
    ),
  ];
  const calls = request.may_call_tools ? (turns[iteration - 1] ?? []) : [];
  const unsent = turns.slice(iteration - 1).flat().length;
  const isFinal = calls.length === 0;
  const projects = plan.projects.filter((project) => idOf(project) !== null);
  return {
    text: isFinal ? describe(messages, projects, plan.left_out + unsent) : "",
    tool_calls: calls.map((call, index) => ({
      ...call,
      id: `${RULES}${twoDigits(iteration)}${twoDigits(index + 1)}`,
      argument_error: null,
    })),
    stop: isFinal ? "final" : "calls",
    usage: { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 },
    cost_usd: 0,
    replay: {},
    left_out: plan.left_out + unsent - calls.length,
  };
}

function toProjectCalls({ projects }: Plan): Call[] {
  return projects
    .filter(({ id }) => id === null)
    .map(({ name, quote }) => ({ name: "create_project", arguments: { name, quote } }));
}

function toEntityCalls(
  { note, tasks }: Plan,
  idOf: (project: NamedProject | null) => string | null,
): Call[] {
  const calls = tasks.map(({ project, ...fields }) => ({
    name: "create_task",
    arguments: { ...fields, project_id: idOf(project) },
  }));
  if (note === null) return calls;
  const { project, ...fields } = note;
  return [{ name: "create_note", arguments: { ...fields, project_id: idOf(project) } }, ...calls];
}

/** The updates that open finished tasks again, by their ids: creating a task does not open it again. */
function toReopenings({ tasks }: Plan, { earlier }: Frame): Call[] {
  return tasks.flatMap(({ title, status, quote }) => {
    const [before, ...others] = earlier.filter(
      (entity) => entity.type === "task" && foldText(entity.title) === foldText(title),
    );
    if (status !== "open" || before === undefined || others.length > 0) return [];
    if (before.status === "open" || before.deleted) return [];
    return [{ name: "update_task", arguments: { id: before.id, status, quote } }];
  });
}

function inTurns(calls: readonly Call[]): Call[][] {
  const turns: Call[][] = [];
  for (let start = 0; start < calls.length; start += MAX_CALLS) {
    turns.push(calls.slice(start, start + MAX_CALLS));
  }
  return turns;
}

/** The ids of the projects created so far, by their requested names. */
function readProjectIds(messages: readonly Message[]): Map<string, string> {
  const names = new Map<string, unknown>();
  const ids = new Map<string, string>();
  for (const message of messages) {
    if (message.role === "assistant") {
      for (const call of message.reply.tool_calls) names.set(call.id, call.arguments?.["name"]);
    } else if (message.role === "tool" && message.name === "create_project") {
      // Not parsed as JSON: the loop cuts a long result and puts hints behind it.
      const id = /"project":\{"id":"([^"\\]+)"/u.exec(message.content)?.[1];
      const name = names.get(message.tool_call_id);
      if (id !== undefined && typeof name === "string") ids.set(name, id);
    }
  }
  return ids;
}

/** The records in one line: "Rules: 1 note, 3 tasks, project Apollo." */
function describe(
  messages: readonly Message[],
  projects: readonly NamedProject[],
  leftOut: number,
): string {
  const results = messages.filter((message) => message.role === "tool");
  const done = results.filter(({ content }) => content.startsWith('{"ok":true'));
  const count = (tool: string): number => done.filter(({ name }) => name === tool).length;
  const parts = [
    plural(count("create_note"), "note"),
    plural(count("create_task"), "task"),
    ...(done.length === 0 ? [] : projects.map(({ name }) => `project ${name}`)),
    ...(results.length === done.length ? [] : [`${results.length - done.length} refused`]),
    ...(leftOut === 0 ? [] : [`${leftOut} left out`]),
  ];
  return `Rules: ${parts.filter(Boolean).join(", ") || "nothing to record"}.`;
}

function plural(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
