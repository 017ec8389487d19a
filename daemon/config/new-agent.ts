import { isCollection, isNode, isPair, isSeq, parseDocument, stringify } from "yaml";
import type { Document, Node, YAMLSeq } from "yaml";
import { RunnerError } from "../core/errors.ts";
import { configSchema } from "./schema.ts";
import { checkIds } from "./check.ts";
import { readYaml } from "./yaml-source.ts";

/** An agent as a person describes it to begin with. */
export interface NewAgent {
  id: string;
  name: string;
  /** Absolute, or beginning with ~/. */
  directories: readonly string[];
  /** undefined: the one of the `model` section. */
  model?: { provider: string; base_url?: string; name?: string; api_key?: string | null };
}

/**
 * A text of config.yaml with one more agent, after those it has; what else stands in it, comments too, stays.
 *
 * @throws {RunnerError} config_invalid where the text is not right before or after
 */
export function withAgent(text: string, agent: NewAgent): string {
  readAgentIds(text);
  const document = parseDocument(text, { stringKeys: true });
  const list = document.get("agents");
  const edited =
    isSeq<Node>(list) && !list.flow && list.items.length > 0
      ? insertAfter(text, list, agent)
      : withList(document, agent);
  readAgentIds(edited);
  return edited;
}

/** In place of no list, of an empty one, or into one on a single line. */
function withList(document: Document, agent: NewAgent): string {
  const list = document.get("agents");
  if (isSeq(list) && list.items.length > 0) list.add(document.createNode(toYaml(agent)));
  else document.set("agents", document.createNode([toYaml(agent)]));
  return document.toString({ lineWidth: 0 });
}

/**
 * As text, because the parser's own would move comments to other columns. It goes after the last agent and the
 * comments that are indented as its keys are.
 */
function insertAfter(text: string, list: YAMLSeq<Node>, agent: NewAgent): string {
  const start = list.range?.[0] ?? 0;
  const column = start - (text.lastIndexOf("\n", start - 1) + 1);
  const end = endOf(list);
  const before = text.slice(0, end).trimEnd().split("\n");
  const after = text.slice(before.join("\n").length).split("\n");
  // What is left of the last line.
  before.push(`${before.pop() ?? ""}${after.shift() ?? ""}`);
  const own = after.splice(0, countOwnLines(after, column));
  const lines = stringify([toYaml(agent)], { lineWidth: 0 })
    .trimEnd()
    .split("\n");
  const added = lines.map((line) => " ".repeat(column) + line);
  const rest = after.every((line) => line.trim() === "") ? [""] : after;
  return [...before, ...own, ...added, ...rest].join("\n");
}

/** Where what a node says ends, without the comments that the parser counts in with a list or mapping. */
function endOf(node: Node): number {
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  const inner = isPair<Node, Node | null>(last) ? (last.value ?? last.key) : last;
  return isNode(inner) ? endOf(inner) : (node.range?.[1] ?? 0);
}

/** How many lines belong to the agent above them: comments beyond this column, and blank lines before such. */
function countOwnLines(lines: readonly string[], column: number): number {
  let count = 0;
  for (const [index, line] of lines.entries()) {
    const indent = line.search(/\S/u);
    if (indent === -1) continue;
    if (indent <= column || line[indent] !== "#") break;
    count = index + 1;
  }
  return count;
}

function toYaml({ id, name, directories, model }: NewAgent): object {
  const paths = directories.map((path) => ({ path }));
  return { id, name, directories: paths, ...(model === undefined ? {} : { model }) };
}

/**
 * The ids that a text of config.yaml gives its agents.
 *
 * @throws {RunnerError} config_invalid where the text is not right
 */
export function readAgentIds(text: string): string[] {
  const source = readYaml(text);
  const parsed = source.faults ? undefined : configSchema.safeParse(source.value ?? {}).data;
  if (parsed === undefined || checkIds(parsed.agents).length > 0) {
    throw new RunnerError("config_invalid", "config.yaml is not valid, so it was left as it is", {
      hint: "Mend it first: `npx --no agent-runner doctor` says which line is wrong.",
    });
  }
  return parsed.agents.map(({ id }) => id);
}

/** An id for an agent of this name that none of these has: `Meeting Notes` gives `meeting-notes`. */
export function toAgentId(name: string, taken: readonly string[]): string {
  const letters = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const slug = letters
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .replaceAll(/^-+|-+$/gu, "")
    .slice(0, 40);
  const base = /^(user|adhoc.*)?$/u.test(slug) ? "agent" : slug;
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
