import path from "node:path";
import { z } from "zod";
import { MOST_USD_PER_MILLION, modelBytes, windowTokens } from "../../protocol/plausible.ts";

/*
 * How each kind of model server describes its models. Only reads answers: the caller's `Ask` decides the
 * address, the headers and the time limit. An answer of another shape counts as no answer.
 */

/** The kinds of model server that are looked for on this machine. */
export type ServerKind = "ollama" | "lm_studio" | "llama_cpp" | "docker_model_runner";

/** A model as its server describes it; null: the server does not report it. */
export interface ServedModel {
  /** The value for `model.name`. */
  name: string;
  calls_tools: boolean | null;
  /** Its present window, in tokens. */
  context_tokens: number | null;
  /** The longest window it was trained for, in tokens. */
  max_context_tokens: number | null;
  size_bytes: number | null;
  is_loaded: boolean | null;
  /** The server passes requests on to another machine. */
  is_cloud: boolean;
  /** What its server says that it costs. */
  price?: ServedPrice;
  /** The day from which on its server has it no more: YYYY-MM-DD. */
  retires_on?: string;
}

/** What a million tokens cost, in US dollars. */
export interface ServedPrice {
  input_usd_per_million: number;
  output_usd_per_million: number;
}

/** Asks a server for a path below its root (GET, or POST with a body); undefined: no JSON with status 200. */
export type Ask = (path: string, body?: object) => Promise<unknown>;

/** How to ask one kind of server. */
interface Server {
  /** The path after the root in a base URL. */
  base: string;
  /** Lists the models; null if it is not such a server. */
  list(ask: Ask): Promise<ServedModel[] | null>;
}

/** A model of which only the name is known. */
export const UNKNOWN = {
  calls_tools: null,
  context_tokens: null,
  max_context_tokens: null,
  size_bytes: null,
  is_loaded: null,
  is_cloud: false,
} satisfies Omit<ServedModel, "name">;

const tokens = windowTokens.nullish().catch(null);
const bytes = modelBytes.nullish().catch(null);
const usdPerToken = z
  .number()
  .nonnegative()
  .max(MOST_USD_PER_MILLION / 1e6)
  .nullish()
  .catch(null);

const ollamaTags = z.object({
  models: z.array(
    z.looseObject({
      name: z.string(),
      size: bytes,
      capabilities: z.array(z.string()).nullish().catch(null),
      remote_host: z.string().nullish().catch(null),
    }),
  ),
});
const ollamaPs = z.object({
  models: z.array(z.looseObject({ name: z.string(), context_length: tokens })),
});
const ollamaShow = z.looseObject({
  capabilities: z.array(z.string()).nullish().catch(null),
  model_info: z.record(z.string(), z.unknown()).nullish().catch(null),
  parameters: z.string().nullish().catch(null),
  remote_host: z.string().nullish().catch(null),
});
const lmStudioModels = z.object({
  models: z.array(
    z.looseObject({
      key: z.string(),
      type: z.string(),
      size_bytes: bytes,
      max_context_length: tokens,
      capabilities: z
        .looseObject({ trained_for_tool_use: z.boolean().nullish().catch(null) })
        .nullish()
        .catch(null),
      loaded_instances: z
        .array(
          z.looseObject({
            id: z.string().nullish().catch(null),
            config: z.looseObject({ context_length: tokens }).nullish().catch(null),
          }),
        )
        .nullish()
        .catch(null),
    }),
  ),
});
const llamaCppProps = z.object({
  default_generation_settings: z.looseObject({ n_ctx: tokens }),
  model_path: z.string().nullish().catch(null),
  model_alias: z.string().nullish().catch(null),
  chat_template_caps: z.record(z.string(), z.unknown()).nullish().catch(null),
});
const openAiModels = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      owned_by: z.string().nullish().catch(null),
      // vLLM, OpenRouter and Together, Groq, Mistral, Anthropic.
      max_model_len: tokens,
      context_length: tokens,
      context_window: tokens,
      max_context_length: tokens,
      max_input_tokens: tokens,
      // OpenAI: https://developers.openai.com/api/docs/deprecations
      shutdown_date: z.iso.date().nullish().catch(null),
      // OpenRouter and Mistral.
      supported_parameters: z.array(z.string()).nullish().catch(null),
      capabilities: z
        .looseObject({ function_calling: z.boolean().nullish().catch(null) })
        .nullish()
        .catch(null),
    }),
  ),
});
const geminiModel = z.looseObject({ inputTokenLimit: tokens });
const liteLlmModels = z.object({
  data: z.array(
    z.looseObject({
      model_name: z.string(),
      model_info: z.looseObject({
        max_input_tokens: tokens,
        supports_function_calling: z.boolean().nullish().catch(null),
        input_cost_per_token: usdPerToken,
        output_cost_per_token: usdPerToken,
      }),
    }),
  ),
});

/** The kinds of server that are looked for on this machine. */
export const SERVERS: Readonly<Record<ServerKind, Server>> = {
  ollama: { base: "/v1", list: listOllama },
  lm_studio: {
    base: "/v1",
    list: listLmStudio,
  },
  llama_cpp: { base: "/v1", list: listLlamaCpp },
  docker_model_runner: {
    base: "/engines/v1",
    list: (ask) => listOpenAi(ask, "/engines/v1"),
  },
};

/** Ollama on this machine forwards the requests for a model with such a name to its makers. */
export function hasCloudName(name: string): boolean {
  return /[:-]cloud$/.test(name);
}

async function listOllama(ask: Ask): Promise<ServedModel[] | null> {
  const { data: tags } = ollamaTags.safeParse(await ask("/api/tags"));
  if (!tags) return null;
  const loaded = await readLoaded(ask);
  return Promise.all(
    tags.models
      .filter(({ capabilities }) => capabilities?.includes("completion") ?? true)
      .map(async ({ name, size, capabilities, remote_host }) => {
        const shown = await showOllama(ask, name);
        const running = loaded?.find((model) => model.name === name);
        const abilities = shown?.capabilities ?? capabilities;
        const isCloud = Boolean(remote_host ?? shown?.remote_host) || hasCloudName(name);
        const trained = shown?.trained ?? null;
        return {
          name,
          calls_tools: abilities ? abilities.includes("tools") : null,
          context_tokens: isCloud ? trained : (running?.context_length ?? shown?.set ?? null),
          max_context_tokens: trained,
          size_bytes: isCloud ? null : (size ?? null),
          is_loaded: isCloud || loaded === null ? null : running !== undefined,
          is_cloud: isCloud,
        };
      }),
  );
}

async function readLoaded(ask: Ask) {
  return ollamaPs.safeParse(await ask("/api/ps")).data?.models ?? null;
}

async function showOllama(ask: Ask, model: string) {
  const { data } = ollamaShow.safeParse(await ask("/api/show", { model }));
  if (!data) return null;
  const info = Object.entries(data.model_info ?? {});
  const trained = info.find(([key]) => key.endsWith(".context_length"))?.[1];
  const set = /^num_ctx\s+(\d+)/m.exec(data.parameters ?? "")?.[1];
  return {
    capabilities: data.capabilities,
    remote_host: data.remote_host,
    trained: tokens.parse(trained) ?? null,
    /** The window that the model itself sets. */
    set: tokens.parse(Number(set)) ?? null,
  };
}

async function listLmStudio(ask: Ask): Promise<ServedModel[] | null> {
  const { data } = lmStudioModels.safeParse(await ask("/api/v1/models"));
  return (
    data?.models
      .filter(({ type }) => type === "llm")
      .map(({ key, size_bytes, max_context_length, capabilities, loaded_instances }) => ({
        ...UNKNOWN,
        name: key,
        // It has a prompt of its own for models that were not trained for tools.
        calls_tools: capabilities?.trained_for_tool_use || null,
        context_tokens: loaded_instances?.[0]?.config?.context_length ?? null,
        max_context_tokens: max_context_length ?? null,
        size_bytes: size_bytes ?? null,
        is_loaded: loaded_instances ? loaded_instances.length > 0 : null,
      })) ?? null
  );
}

async function listLlamaCpp(ask: Ask): Promise<ServedModel[] | null> {
  const [models, answer] = await Promise.all([listOpenAi(ask, "/v1", "llamacpp"), ask("/props")]);
  const { data: props } = llamaCppProps.safeParse(answer);
  const alias = props?.model_alias || path.posix.basename(props?.model_path ?? "");
  const named = models ?? (alias === "" ? null : [{ ...UNKNOWN, name: alias }]);
  if (named === null || props === undefined) return named;
  return named.map((model) => ({
    ...model,
    calls_tools: callsToolsBy(props),
    // With several models, the properties describe only one of them.
    context_tokens: named.length === 1 ? (props.default_generation_settings.n_ctx ?? null) : null,
    is_loaded: named.length === 1 ? true : null,
  }));
}

function callsToolsBy(props: z.output<typeof llamaCppProps>): boolean | null {
  const { supports_tools: caps } = props.chat_template_caps ?? {};
  return typeof caps === "boolean" ? caps : null;
}

/** Lists the models that an OpenAI-compatible server reports at `…/models`. */
export async function listOpenAi(
  ask: Ask,
  base: string,
  owner?: string,
): Promise<ServedModel[] | null> {
  const { data } = openAiModels.safeParse(await ask(`${base}/models`));
  if (!data || (owner !== undefined && data.data[0]?.owned_by !== owner)) return null;
  return data.data.map((model) => ({
    ...UNKNOWN,
    name: model.id,
    calls_tools:
      model.supported_parameters?.includes("tools") ?? model.capabilities?.function_calling ?? null,
    context_tokens:
      model.max_model_len ??
      model.context_length ??
      model.context_window ??
      model.max_context_length ??
      model.max_input_tokens ??
      null,
    ...(model.shutdown_date && { retires_on: model.shutdown_date }),
  }));
}

/** Lists the models that LiteLLM describes; null if it is not LiteLLM, or does not let this key see them. */
export async function listLiteLlm(ask: Ask): Promise<ServedModel[] | null> {
  const { data } = liteLlmModels.safeParse(await ask("/model/info"));
  return (
    data?.data.map(({ model_name, model_info }) => ({
      ...UNKNOWN,
      name: model_name,
      calls_tools: model_info.supports_function_calling ?? null,
      context_tokens: model_info.max_input_tokens ?? null,
      ...priceOf(model_info.input_cost_per_token, model_info.output_cost_per_token),
    })) ?? null
  );
}

/** A price of 0 is that of a model that LiteLLM does not know. */
function priceOf(
  input: number | null | undefined,
  output: number | null | undefined,
): { price?: ServedPrice } {
  if (!input || !output) return {};
  return { price: { input_usd_per_million: input * 1e6, output_usd_per_million: output * 1e6 } };
}

/** A list with what another list says of the same models where the first says nothing. */
export function withFacts(
  models: readonly ServedModel[],
  others: readonly ServedModel[] | null,
): ServedModel[] {
  return models.map((model) => {
    const other = others?.find(({ name }) => name === model.name);
    if (other === undefined) return model;
    return {
      ...model,
      calls_tools: model.calls_tools ?? other.calls_tools,
      context_tokens: model.context_tokens ?? other.context_tokens,
      ...(other.price && { price: other.price }),
    };
  });
}

/** What servers say about one of their models; null: they do not say. */
export interface ModelFacts {
  calls_tools: boolean | null;
  /** Its window, in tokens. */
  context_tokens: number | null;
  /** The day from which on it is there no more: YYYY-MM-DD. */
  retires_on: string | null;
}

/**
 * Finds what the server of a model says about it. Lets Ollama load the model if needed, since an unloaded model has
 * no window.
 *
 * @param base the path after the root in the base URL
 * @param options.load like `ask`, with the time that loading a model may take; null: its window is not asked for
 * @param options.isForced whether a model without tools is used too, and so worth loading
 */
export async function findFacts(
  name: string,
  base: string,
  ask: Ask,
  options: { load: Ask | null; isForced: boolean },
): Promise<ModelFacts> {
  const [listed, lmStudio, answer, liteLlm, ollama, gemini] = await Promise.all([
    listOpenAi(ask, base),
    listLmStudio(ask),
    ask("/props"),
    listLiteLlm(ask),
    findOllamaFacts(name, ask, options),
    // Its compatible part does not end in /v1.
    base === "" ? findGeminiTokens(name, ask) : null,
  ]);
  const ofName = (models: ServedModel[] | null): ServedModel | undefined =>
    models?.find((model) => model.name === name);
  const props = llamaCppProps.safeParse(answer).data;
  const facts = [
    ofName(listed),
    ollama,
    ofName(lmStudio),
    props && {
      context_tokens: props.default_generation_settings.n_ctx,
      calls_tools: callsToolsBy(props),
    },
    ofName(liteLlm),
    { context_tokens: gemini, calls_tools: null },
  ];
  const find = <Fact>(read: (of: Partial<Nullish<ModelFacts>>) => Fact): Fact | undefined =>
    facts.map((of) => of && read(of)).find((fact) => (fact ?? null) !== null);
  return {
    calls_tools: find((of) => of.calls_tools) ?? null,
    context_tokens: find((of) => of.context_tokens) ?? null,
    retires_on: find((of) => of.retires_on) ?? null,
  };
}

/** Google describes a model beside the part of its API that is compatible with OpenAI. */
async function findGeminiTokens(name: string, ask: Ask): Promise<number | null> {
  const own = `/../models/${encodeURIComponent(name.replace(/^models\//, ""))}`;
  return geminiModel.safeParse(await ask(own)).data?.inputTokenLimit ?? null;
}

type Nullish<Of> = { [Key in keyof Of]: Of[Key] | undefined };

async function findOllamaFacts(
  name: string,
  ask: Ask,
  { load, isForced }: { load: Ask | null; isForced: boolean },
): Promise<Omit<ModelFacts, "retires_on">> {
  const tagged = name.includes(":") ? name : `${name}:latest`;
  const findLoaded = async (): Promise<number | null> =>
    (await readLoaded(ask))?.find((model) => model.name === tagged)?.context_length ?? null;
  const [loaded, shown] = await Promise.all([findLoaded(), showOllama(ask, name)]);
  const calls_tools = shown?.capabilities?.includes("tools") ?? null;
  if (loaded !== null || shown === null) return { calls_tools, context_tokens: loaded };
  if (shown.remote_host) return { calls_tools, context_tokens: shown.trained };
  if (load === null || (calls_tools === false && !isForced)) {
    return { calls_tools, context_tokens: null };
  }
  await load("/api/generate", { model: name });
  // Ollama's default window on a machine with little memory.
  return { calls_tools, context_tokens: (await findLoaded()) ?? shown.set ?? 4_096 };
}
