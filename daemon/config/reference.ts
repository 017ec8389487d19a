// CONFIG.md: every key of config.yaml from the schema itself.
import { configJsonSchema, type JsonSchema } from "./json-schema.ts";
import { typeInWords, type JsonSchema as Worded } from "../core/schema-findings.ts";

const HEAD = `# config.yaml

<!-- Written by \`npm run docs\` from the schema in daemon/config/schema.ts and daemon/protocol/agent.ts. -->

Every key with its default. All may be left out but an agent's \`id\` and \`directories\`. \`npx --no agent-runner init\` writes a first
config with comments, \`config/config.schema.json\` is its JSON Schema for editors, and the [README](README.md) says how things work.

- A running daemon takes up an edit within two seconds. What is not valid is shown with its line by \`status\` and \`doctor\`, and the
  settings before stay in force. An edit of \`server\` needs a restart.
- \`\${NAME}\` is filled from the environment, else from \`secrets.env\` beside the config, in \`api_key\`, \`base_url\`, \`headers\` and \`path\`.
- Without a budget, a remote endpoint gets \`usd_per_day: 1\`, or \`requests_per_day: 500\` where its price is not known.
`;

/** The reference as Markdown. */
export function configReference(): string {
  const root = configJsonSchema();
  const scalars = Object.entries(root.properties ?? {}).filter(([, part]) => isPlain(part));
  return [HEAD, toTable(scalars), ...toSections(root, "", 2)].join("\n");
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
    const fallback = required.includes(key) ? "has to be there" : toDefault(part);
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
