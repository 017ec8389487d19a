import { isMap, parseDocument } from "yaml";
import type { Node, Scalar } from "yaml";
import { RunnerError } from "../core/errors.ts";
import { RULES } from "../protocol/agent.ts";
import { checkModel } from "./check.ts";
import { isLoopback, originOf } from "./endpoint.ts";
import { configSchema } from "./schema.ts";
import { readYaml } from "./yaml-source.ts";

/**
 * What `model` shall name: the built-in rules, or a model at an endpoint. `api_key` is what the config says of
 * it, such as `${NAME}`; left out for one on this machine.
 */
export type ModelChoice =
  | typeof RULES
  | { base_url: string; name: string; api_key?: string | null };

/**
 * A text of config.yaml with another model for all agents that name none of their own; what else stands in
 * it, comments too, stays. A key never goes over to another endpoint.
 *
 * @throws {RunnerError} config_invalid where the text is not right before or after, invalid_request for a
 *   remote endpoint whose key would have to be written with it
 */
export function withModel(text: string, choice: ModelChoice): string {
  const before = readModel(text);
  const document = parseDocument(text, { stringKeys: true });
  const set = (key: string, value: string | null): void => document.setIn(["model", key], value);
  if (!isMap(document.get("model"))) document.set("model", document.createNode({}));
  if (choice === RULES) {
    set("provider", RULES);
  } else {
    const isMoved = originOf(choice.base_url) !== originOf(before.base_url);
    if (isMoved && !isLoopback(choice.base_url) && choice.api_key === undefined) {
      throw new RunnerError(
        "invalid_request",
        `${choice.base_url} is another endpoint than that of the model section, with a key of its own`,
        { hint: "Write model.base_url, name and api_key into config.yaml by hand." },
      );
    }
    set("provider", "openai");
    set("base_url", choice.base_url);
    set("name", choice.name);
    if (isMoved || choice.api_key !== undefined) set("api_key", choice.api_key ?? null);
    if (isMoved) {
      document.deleteIn(["model", "headers"]);
    }
    // These describe one model: of another they would be wrong.
    if (isMoved || choice.name !== before.name) {
      document.deleteIn(["model", "price"]);
      document.deleteIn(["model", "context_tokens"]);
    }
  }
  const edited = takeSection(text, document.toString({ lineWidth: 0 }), "model");
  readModel(edited);
  return edited;
}

/**
 * The text with one section as another text has it. The parser's own text of a whole document moves comments to
 * other columns, where they would mean something else once the # is taken away.
 */
function takeSection(text: string, edited: string, key: string): string {
  const [from, to] = [findSection(text, key), findSection(edited, key)];
  if (to === undefined) return edited;
  const section = edited.slice(to.start, to.end);
  if (from !== undefined) return text.slice(0, from.start) + section + text.slice(from.end);
  const isWhole = text === "" || text.endsWith("\n");
  return `${text}${isWhole ? "" : "\n"}${section}\n`;
}

/** Where a key of the root and its value stand in a text, without the comments after them. */
function findSection(text: string, key: string): { start: number; end: number } | undefined {
  const root = parseDocument(text, { stringKeys: true }).contents;
  const pair = isMap<Scalar<string>, Node | null>(root)
    ? root.items.find((item) => item.key.value === key)
    : undefined;
  const start = pair?.key.range?.[0];
  const end = pair?.value?.range?.[1] ?? pair?.key.range?.[1];
  // In `{ }` on one line a section is nothing of its own.
  if (start === undefined || end === undefined || (isMap(root) && root.flow)) return undefined;
  return { start, end: start + text.slice(start, end).trimEnd().length };
}

function readModel(text: string): { base_url: string; name: string } {
  const source = readYaml(text);
  const parsed = source.faults ? undefined : configSchema.safeParse(source.value).data;
  if (parsed === undefined || checkModel(parsed.model).length > 0) {
    throw new RunnerError("config_invalid", "config.yaml is not valid, so it was left as it is", {
      hint: "Mend it first: `status` says which line is wrong.",
    });
  }
  return parsed.model;
}
