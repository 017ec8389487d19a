import type { ModelSettings } from "../../protocol/agent.ts";
import { createAsk, discoverServers, isShown, PROBE_TIMEOUT_MS } from "./discover.ts";
import { describeEndpoint } from "./endpoint.ts";
import { openTransport, type Transport } from "./fetch.ts";
import { KNOWLEDGE, listOpenAi, type ServedModel, type ServerKind, UNKNOWN } from "./servers.ts";

/** A model that could be asked, and where. */
export interface OfferedModel extends ServedModel {
  /** What kind of server has it; null: an endpoint that the config names, of whatever kind. */
  server: ServerKind | null;
  /** What `model.base_url` would be. */
  base_url: string;
}

/**
 * The models that could be asked: those of the model servers on this machine, and those that the settings
 * name. A key is sent to its own endpoint alone, and of a remote one only what is named is told.
 *
 * @param named settings without faults, each of an endpoint
 * @param options.timeoutMs for each question, instead of {@link PROBE_TIMEOUT_MS}
 * @param options.ports where to look for servers instead of their usual ports
 * @throws AbortError when the signal aborts
 */
export async function listOffered(
  named: readonly ModelSettings[],
  options: {
    signal: AbortSignal;
    timeoutMs?: number;
    ports?: Readonly<Partial<Record<ServerKind, readonly number[]>>>;
  },
): Promise<OfferedModel[]> {
  const transport = openTransport();
  try {
    const servers = await discoverServers(options);
    const here = servers.flatMap(({ kind, base_url, models }) =>
      models.map((model): OfferedModel => ({ ...model, server: kind, base_url })),
    );
    const isFound = (base: string): boolean => here.some(({ base_url }) => base_url === base);
    const elsewhere = await Promise.all(
      [...Map.groupBy(named, ({ base_url }) => base_url)]
        .filter(([base_url]) => !isFound(base_url))
        .map(([, settings]) => listNamed(settings, transport, options)),
    );
    options.signal.throwIfAborted();
    return [...here, ...elsewhere.flat()];
  } finally {
    await transport.close();
  }
}

/**
 * What an endpoint that the settings name says of its models; those that are named are told in any case. The settings
 * differ in nothing but the name that counts.
 */
export async function listNamed(
  all: readonly ModelSettings[],
  transport: Transport,
  options: { signal: AbortSignal; timeoutMs?: number },
): Promise<OfferedModel[]> {
  const [settings] = all;
  if (settings === undefined) return [];
  const { base_url } = settings;
  const endpoint = describeEndpoint(settings);
  const { root, base, headers, isLoopback } = endpoint;
  const ask = createAsk(root, {
    transport,
    headers,
    timeoutMs: PROBE_TIMEOUT_MS.named,
    ...options,
  });
  const kinds = isLoopback ? (["ollama", "lm_studio", "llama_cpp"] as const) : [];
  const lists = await Promise.all([
    ...kinds.map(async (kind) => ({ kind, models: await KNOWLEDGE[kind].list(ask) })),
    listOpenAi(ask, base).then((models) => ({ kind: null, models })),
  ]);
  const found = lists.find(({ models }) => models !== null);
  const names = new Set(all.map(({ name }) => name));
  const listed = (found?.models ?? []).filter(
    (model) => isShown(model) && (isLoopback || names.has(model.name)),
  );
  const missing = [...names].filter((name) => !listed.some((model) => model.name === name));
  return [...listed, ...missing.map((name) => ({ ...UNKNOWN, name }))].map((model) => ({
    ...model,
    server: found?.kind ?? null,
    base_url,
  }));
}
