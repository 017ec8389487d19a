import { startSite } from "./site.ts";

/** A server on a free port that describes its models as Ollama does. */
export interface TestOllama extends AsyncDisposable {
  /** What a config has as `base_url`. */
  readonly base_url: string;
  /** The settings of its model in the cloud, in YAML. */
  readonly cloud: string;
}

const CAPABILITIES = ["completion", "tools"];

/** Starts one with `qwen3.5:4b`, which is not loaded, and `big:cloud`. */
export async function startOllama(capabilities = CAPABILITIES): Promise<TestOllama> {
  const site = await startSite({
    "/api/tags": {
      models: [
        { name: "qwen3.5:4b", size: 3_400_000_000, capabilities },
        { name: "big:cloud", size: 400, capabilities },
      ],
    },
    "/api/ps": { models: [] },
    "/api/show": { capabilities, model_info: { "qwen35.context_length": 131_072 } },
  });
  const base_url = `http://127.0.0.1:${site.port}/v1`;
  return {
    base_url,
    cloud: `{ provider: openai, base_url: "${base_url}", name: "big:cloud", api_key: null }`,
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  };
}
