import { modelSchema } from "../protocol/agent.ts";
import { originOf, userinfoOf } from "../core/endpoint.ts";
import { type KeyPath, partOf } from "../core/finding.ts";
import { invalid } from "./load.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

const DEFAULT_URL = modelSchema.parse({}).base_url;

/** A secret that a model section sends, and the origin it goes to. */
interface Sent {
  path: KeyPath;
  text: string;
  origin: string;
}

/**
 * Refuses a text of config.yaml that would send a key of the text before to another address, unless its writer knows
 * the key. Otherwise an edit could send a key that it cannot read to a stranger.
 *
 * @param written the new text as received, with placeholders
 * @throws {RunnerError} config_invalid
 */
export function checkMoves(before: string, after: string, written: string): void {
  const known = new Set(listSent(readYaml(before)).map(({ text, origin }) => `${origin} ${text}`));
  const source = readYaml(after);
  if (source.faults) return;
  const moved = listSent(source).filter(
    ({ text, origin }) => !known.has(`${origin} ${text}`) && !written.includes(text),
  );
  const places = new Map(moved.map(({ path }) => [path.join("."), path]));
  if (places.size === 0) return;
  throw invalid(
    [...places].map(([key, path]) => {
      const expected = "the key itself or ${NAME}, because the hidden key is for another address";
      const message = `${key}: expected ${expected}`;
      return { ...source.positionOf(path), key, value: "(hidden)", expected, message };
    }),
  );
}

/** Keys, headers and passwords of every model section, each with the origin it is sent to. */
function listSent(source: YamlSource): Sent[] {
  if (source.faults) return [];
  const root = source.value;
  const agents = partOf(root, ["agents"]);
  const count = Array.isArray(agents) ? agents.length : 0;
  const places: KeyPath[] = [
    ["model"],
    ...Array.from({ length: count }, (_, index) => ["agents", index, "model"]),
  ];
  const section = textOf(partOf(root, ["model", "base_url"])) ?? DEFAULT_URL;
  return places.flatMap((place): Sent[] => {
    const url = textOf(partOf(root, [...place, "base_url"])) ?? section;
    const headers = partOf(root, [...place, "headers"]);
    const names = typeof headers === "object" && headers !== null ? Object.keys(headers) : [];
    // Behind a shared front end, the header Host chooses who gets a request.
    const hosts = names
      .filter((name) => name.toLowerCase() === "host")
      .map((name) => textOf(partOf(root, [...place, "headers", name])));
    const origin = [originOf(url) ?? url, ...hosts].join(" ");
    const paths = [["api_key"], ...names.map((name) => ["headers", name])];
    return [
      ...paths.flatMap((path) => {
        const text = textOf(partOf(root, [...place, ...path]));
        return text ? [{ path: [...place, ...path], text, origin }] : [];
      }),
      ...userinfoOf(url).map((text) => ({ path: [...place, "base_url"], text, origin })),
    ];
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
