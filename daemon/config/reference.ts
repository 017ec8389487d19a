// The chapter "config.yaml" of MANUAL.md, made of the schema itself.
import { configJsonSchema, type JsonSchema } from "./json-schema.ts";
import { typeInWords, type JsonSchema as Worded } from "../core/schema-words.ts";

const START =
  "<!-- config: written by `npm run docs` from daemon/config/schema.ts and daemon/protocol/agent.ts -->";
const END = "<!-- config: end -->";

/**
 * The manual with its chapter between the two `config` comments renewed.
 * @throws Error when the manual lacks one of the comments.
 */
export function withConfigReference(manual: string): string {
  const [before, after] = [manual.indexOf(START), manual.indexOf(END)];
  if (before === -1 || after < before) throw new Error(`The manual lacks ${START} … ${END}.`);
  return `${manual.slice(0, before + START.length)}\n\n${configReference()}\n${manual.slice(after)}`;
}

/** Every key with its default, what it takes and what it does, as Markdown below a heading of level 2. */
export function configReference(): string {
  const root = configJsonSchema();
  const scalars = Object.entries(root.properties ?? {}).filter(([, part]) => isPlain(part));
  return [toTable(scalars), ...toSections(root, "", 3)].join("\n");
}

function toSections(schema: JsonSchema, path: string, level: number): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    const inner = objectOf(part);
    if (inner === undefined || typeof part !== "object") return [];
    const name = `${path}${key}${isList(part) ? "[]" : ""}`;
    const heading = `${"#".repeat(level)} \`${name}\``;
    const purpose = `${part.description ?? ""}\n`;
    // An agent's own model has the keys of the section, none with a default.
    if (name === "agents[].model") return [];
    const plain = Object.entries(inner.properties ?? {}).filter(
      ([below, one]) => isPlain(one) || `${name}.${below}` === "agents[].model",
    );
    return [
      `${heading}\n`,
      purpose,
      toTable(plain, inner.required),
      ...toSections(inner, `${name}.`, level + 1),
    ];
  });
}

function toTable(keys: readonly [string, unknown][], required: readonly string[] = []): string {
  const rows = keys.flatMap(([key, part]) => {
    if (!isSchema(part)) return [];
    const fallback = required.includes(key) ? "required" : toDefault(part);
    return [
      `| \`${key}\` | ${fallback} | ${escape(typeInWords(part as Worded))} | ${escape(part.description ?? "")} |`,
    ];
  });
  return ["| key | default | takes | |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

function toDefault(part: JsonSchema): string {
  return part.default === undefined ? "none" : `\`${escape(JSON.stringify(part.default))}\``;
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}

function isSchema(part: unknown): part is JsonSchema {
  return typeof part === "object" && part !== null;
}

function isList(part: JsonSchema): boolean {
  return part.type === "array";
}

/** The mapping with named keys that a key holds, itself, in a list or beside null; undefined where it holds none. */
function objectOf(part: unknown): JsonSchema | undefined {
  if (!isSchema(part)) return undefined;
  if (part.properties !== undefined) return part;
  if (isList(part)) return objectOf(part.items);
  return part.anyOf?.map(objectOf).find((inner) => inner !== undefined);
}

function isPlain(part: unknown): boolean {
  return objectOf(part) === undefined;
}
