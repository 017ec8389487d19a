import { isLoopback, originOf } from "../../core/endpoint.ts";

/** A model section of a config, as far as it says where a key is. */
interface KeyPlace {
  base_url?: string | undefined;
  api_key?: string | null | undefined;
}

const VARIABLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/u;

/** The variable that a model section takes its key from; undefined: none, or a key that is written out. */
export function variableOf({ api_key }: KeyPlace): string | undefined {
  return VARIABLE.exec(api_key ?? "")?.[1];
}

/**
 * The variable for the key of an endpoint: the one that a section has for it, else one named after its host, such as
 * OPENAI_API_KEY. Undefined for an endpoint on this machine, or one without TLS, which would send the key in the open.
 */
export function chooseVariable(
  base_url: string,
  sections: readonly KeyPlace[],
): string | undefined {
  const origin = originOf(base_url);
  if (origin === undefined) return undefined;
  const same = sections.filter((section) => originOf(section.base_url ?? "") === origin);
  const known = same.map(variableOf).find((name) => name !== undefined);
  if (known !== undefined || isLoopback(base_url) || !origin.startsWith("https:")) return known;
  return nameAfter(new URL(origin));
}

function nameAfter({ hostname }: URL): string {
  const label = hostname.split(".").at(-2) ?? "";
  const name = label.toUpperCase().replaceAll(/[^A-Z0-9]+/gu, "_");
  return /^[A-Z]/u.test(name) ? `${name}_API_KEY` : "MODEL_API_KEY";
}
