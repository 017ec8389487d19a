import { originOf } from "./endpoint.ts";
import { removeAt, writeAt, type YamlPath } from "./yaml-edit.ts";

/** A model in config.yaml. */
export interface NamedModel {
  base_url: string;
  name: string;
  /** The value of api_key, such as `${NAME}`; null: no key needed; undefined: keep what is written. */
  api_key?: string | null;
}

/**
 * The text of config.yaml with another model in the section at a path. Everything else stays, including comments.
 * Never moves a key or header to another endpoint.
 *
 * @param before the model used there so far
 * @throws {Error} if the text is not YAML, or a part of the path is not a map
 */
export function writeModel(
  text: string,
  at: YamlPath,
  model: NamedModel | "rules",
  before: NamedModel,
): string {
  if (model === "rules") return writeAt(text, [...at, "provider"], "rules");
  const isMoved = originOf(model.base_url) !== originOf(before.base_url);
  const { base_url, name, api_key } = model;
  const written = {
    provider: "openai",
    base_url,
    name,
    ...(api_key === undefined ? {} : { api_key }),
  };
  const dropped = [
    ...(isMoved ? ["headers"] : []),
    ...(isMoved && api_key === undefined ? ["api_key"] : []),
    // These describe one model, and would be wrong for another.
    ...(isMoved || name !== before.name ? ["price", "context_tokens"] : []),
  ];
  const named = Object.entries(written).reduce(
    (edited, [key, value]) => writeAt(edited, [...at, key], value),
    text,
  );
  return dropped.reduce((edited, key) => removeAt(edited, [...at, key]), named);
}
