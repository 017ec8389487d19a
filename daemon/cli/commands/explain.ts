import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { ExplainedChange, ExplainedSource, Explanation } from "../../protocol/explain.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatFieldValue, isEmptyField } from "../field-value.ts";
import { formatCount, formatInstant, formatModel } from "../format.ts";
import type { Screen } from "../output.ts";
import { formatFacts } from "../table.ts";
import { clip } from "../text.ts";

export function registerExplain(program: Command, context: Context): void {
  const command = program
    .command("explain")
    .description("Show where a task, note or project comes from, and its history")
    .argument("<id>", "id of a task, note or project")
    .action(async (id: string) => {
      const client = await connect(context.paths, context.signal);
      context.output.show(await client.explain(id), renderExplanation);
    });
  explain(command, {
    more: "--json has everything, including the conversations with the model.",
    examples: [
      ["explain task_0123456789", "`tasks`, `notes` and `projects` show the ids"],
      ["explain note_0123456789 --json", "with every reply of the model"],
    ],
  });
}

function renderExplanation(explanation: Explanation, screen: Screen): string[] {
  const { sources, history, left_out } = explanation;
  const heading = (text: string): string[] => ["", screen.style("bold", text)];
  return [
    ...renderEntity(explanation, screen),
    ...heading("Where it comes from"),
    ...(sources.length === 0 ? ["  From no file."] : []),
    ...sources.flatMap((source) => renderSource(source, screen)),
    ...renderRest(left_out.sources, "older source", screen),
    ...heading("History"),
    ...renderRest(left_out.history, "older change", screen),
    ...history.toReversed().flatMap((change) => renderChange(change, screen)),
    ...renderConversations(explanation, screen),
  ];
}

function renderEntity({ entity_type, entity, deleted }: Explanation, screen: Screen): string[] {
  const title = "name" in entity ? entity.name : entity.title;
  const facts: [string, string][] = [
    [entity_type, screen.style("bold", title)],
    ["id", entity.id],
    ["status", entity.status],
  ];
  if ("due_date" in entity && entity.due_date !== null) facts.push(["due", entity.due_date]);
  facts.push([
    "created by",
    `${nameActor(entity.created_by)}, ${formatInstant(entity.created_at)}`,
  ]);
  if (entity.user_edited.length > 0) {
    facts.push(["edited by you", `${entity.user_edited.join(", ")} (agents leave these alone)`]);
  }
  if (deleted !== null) {
    const by = deleted.by === "user" ? "you" : "an undo";
    facts.push(["deleted", `${formatInstant(deleted.at)}, by ${by}`]);
  }
  return formatFacts(facts);
}

function renderSource(source: ExplainedSource, screen: Screen): string[] {
  const { path, state, reason, current, model, run_id, processed_at } = source;
  const by = model === null ? source.agent_id : `${source.agent_id}, ${formatModel(model)}`;
  return [
    `  ${path} (${state}${reason === null ? "" : `: ${reason}`})`,
    ...(current ? [] : ["    no longer in the file; an earlier version had:"]),
    ...renderPassage(source, screen).map((line) => `    ${line}`),
    screen.style("dim", `    read by ${by}, ${formatInstant(processed_at)}, ${run_id}`),
  ];
}

/** The quote with the text around it, on at most three lines. */
function renderPassage(
  { quote, verified, passage }: ExplainedSource,
  { style, width }: Screen,
): string[] {
  if (quote === null) return ["no quote"];
  if (passage === null) {
    const doubt = verified ? "" : " (not found in the file's text)";
    return [`“${withoutBreaks(quote)}”${doubt}`];
  }
  // Texts are already escaped: a line break is `\n`.
  const room = Math.max(10, Math.floor((width - 8) / 2));
  const before = clip(withoutBreaks(passage.before), room, "start");
  const after = clip(withoutBreaks(passage.after), room);
  return [
    ...(before === "" ? [] : [style("dim", before)]),
    style("bold", withoutBreaks(passage.quote)),
    ...(after === "" ? [] : [style("dim", after)]),
  ];
}

function withoutBreaks(escaped: string): string {
  return escaped.replaceAll(/(?:\\n|\s)+/gu, " ").trim();
}

const VERBS: Readonly<Record<ExplainedChange["op"], string>> = {
  create: "created it",
  update: "changed it",
  confirm: "found it again",
  retire: "closed it because its file was deleted, or no longer contains it",
  delete: "deleted it",
};

const STATES: Readonly<Record<ExplainedChange["state"], string>> = {
  applied: "",
  proposed: " (proposed only)",
  rejected: " (rejected)",
  undone: " (undone)",
};

function renderChange(change: ExplainedChange, { style, width }: Screen): string[] {
  const { at, actor, op, state, run_id, undone_at } = change;
  const where = run_id === null ? "" : style("dim", ` ${run_id}`);
  const undone = undone_at === null ? STATES[state] : ` (undone ${formatInstant(undone_at)})`;
  const what = `${formatInstant(at)}  ${nameActor(actor)} ${VERBS[op]}${undone}`;
  return [
    `  ${what}${where}`,
    ...listFields(change).map((line) => clip(`                      ${line}`, width)),
  ];
}

function listFields({ op, before, after }: ExplainedChange): string[] {
  if (after === null || op === "delete") return [];
  return Object.entries(after)
    .filter(([, value]) => op !== "create" || !isEmptyField(value))
    .map(([name, value]) => {
      const former = before === null ? "" : `${formatValue(before[name])} → `;
      return `${name}: ${former}${formatValue(value)}`;
    });
}

function formatValue(value: unknown): string {
  return withoutBreaks(formatFieldValue(value));
}

function nameActor(actor: string): string {
  return actor === "user" ? "you" : actor;
}

function renderRest(count: number, noun: string, { style }: Screen): string[] {
  return count === 0 ? [] : [style("dim", `  and ${formatCount(count, noun)}`)];
}

function renderConversations({ conversations }: Explanation, { style }: Screen): string[] {
  const requests = conversations.flatMap(({ attempts }) =>
    attempts.flatMap((attempt) => attempt.requests),
  );
  if (requests.length === 0) return [];
  const kept = requests.filter(({ reply }) => reply !== null).length;
  const rest = kept === 0 ? "no longer kept" : "--json shows it in full";
  return ["", style("dim", `Conversation: ${formatCount(requests.length, "request")}; ${rest}.`)];
}
