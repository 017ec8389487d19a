import { z } from "zod";
import { isLoopback } from "../../core/endpoint.ts";
import type { ModelSettings } from "../../protocol/agent.ts";
import { MAX_ANSWER_BYTES, PROBE_TIMEOUT_MS } from "./discover.ts";
import { describeEndpoint } from "./endpoint.ts";
import { openTransport } from "./fetch.ts";
import { parseJson } from "./json.ts";
import { hasCloudName } from "./servers.ts";

/*
 * Whether a server on this machine passes the requests for a model on to another one. Sends nothing of the user's.
 * Ollama names a `remote_host` for its cloud models (https://docs.ollama.com/cloud), LiteLLM gives the `api_base` of
 * each deployment of a model (https://docs.litellm.ai/docs/proxy/model_management). A server that says nothing of that
 * passes for one that works here, unless its list names a provider as the owner of the model.
 */

/** yes, no; unknown: its answers do not tell; unanswered: it cannot be asked now. */
export type PassesOn = "yes" | "no" | "unknown" | "unanswered";

const shown = z.looseObject({
  remote_host: z.string().nullish(),
  remote_model: z.string().nullish(),
});
const deployment = z.looseObject({
  model: z.string().nullish().catch(null),
  api_base: z.string().nullish().catch(null),
});
const described = z.looseObject({
  data: z.array(
    z.looseObject({
      model_name: z.string(),
      litellm_params: deployment,
    }),
  ),
});
const listed = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), owned_by: z.string().nullish().catch(null) })),
});

// Owners that proxies name; servers that work here name themselves, or the user.
const PROVIDER =
  /^(openai|anthropic|google|vertex_ai|gemini|azure|bedrock|mistral|mistralai|deepseek|groq|xai|cohere|openrouter|together|fireworks|moonshot|zhipu|zai|perplexity)/i;

/**
 * Asks the server of a model on this machine.
 *
 * @throws {RunnerError} for settings that no request can use
 * @throws AbortError when the signal aborts
 */
export async function findPassesOn(
  settings: ModelSettings,
  signal: AbortSignal,
): Promise<PassesOn> {
  const { name } = settings;
  if (hasCloudName(name)) return "yes";
  const { root, base, headers } = describeEndpoint(settings);
  const transport = openTransport();
  const ask = async (path: string, body?: object): Promise<{ status: number; json: unknown }> => {
    const { status, text } = await transport.fetch(root + path, {
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      maxBytes: MAX_ANSWER_BYTES,
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS.named)]),
    });
    return { status, json: status === 200 ? parseJson(text) : undefined };
  };
  try {
    const answers = await Promise.all([
      ask("/api/show", { model: name }),
      ask("/model/info"),
      ask(`${base}/models`),
    ]);
    return judge(name, answers);
  } catch {
    signal.throwIfAborted();
    return "unanswered";
  } finally {
    await transport.close();
  }
}

function judge(
  name: string,
  [ollama, liteLlm, list]: readonly { status: number; json: unknown }[],
): PassesOn {
  const statuses = [ollama, liteLlm, list].map((answer) => answer?.status ?? 0);
  if (statuses.some((status) => status === 429 || status >= 500)) return "unanswered";
  // What it keeps from this key could be the word that matters.
  if (statuses.some((status) => status === 401 || status === 403)) return "unknown";
  const show = shown.safeParse(ollama?.json).data;
  if (show?.remote_host || show?.remote_model) return "yes";
  const info = described.safeParse(liteLlm?.json).data;
  if (info !== undefined) {
    const deployments = info.data.filter(({ model_name }) => model_name === name);
    if (deployments.length === 0) return "unknown";
    return deployments.every(({ litellm_params: params }) => isHere(params)) ? "no" : "yes";
  }
  const models = listed.safeParse(list?.json).data?.data;
  if (models === undefined) return show === undefined ? "unknown" : "no";
  const owner = models.find(({ id }) => id === name)?.owned_by ?? "";
  return PROVIDER.test(owner) ? "unknown" : "no";
}

function isHere({ model, api_base }: z.output<typeof deployment>): boolean {
  return isLoopback(api_base ?? "") && !hasCloudName(model ?? "");
}
