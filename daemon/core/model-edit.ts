import { originOf } from "./endpoint.ts";
import { removeAt, writeAt, type YamlPath } from "./yaml-edit.ts";

/** A model as config.yaml names it. */
export interface NamedModel {
  base_url: string;
  name: string;
  /** What the config says of its key, such as `${NAME}`; null: it needs none; left out: what is written already. */
  api_key?: string | null;
}

/**
 * A text of config.yaml with another model in the section at a path; what else stands in it, comments too, stays. No
 * key and no header goes over to another endpoint.
 *
 * @param before what is asked there until now
 * @throws {Error} where the text is no YAML, or something else stands on the way
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
    // These describe one model: of another they would be wrong.
    ...(isMoved || name !== before.name ? ["price", "context_tokens"] : []),
  ];
  const named = Object.entries(written).reduce(
    (edited, [key, value]) => writeAt(edited, [...at, key], value),
    text,
  );
  return dropped.reduce((edited, key) => removeAt(edited, [...at, key]), named);
}
