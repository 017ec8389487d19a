import type { ModelSettings } from "../../protocol/agent.ts";
import { createAsk, discoverServers, isShown, PROBE_TIMEOUT_MS } from "./discover.ts";
import { describeEndpoint } from "./endpoint.ts";
import { openTransport, type Transport } from "./fetch.ts";
import {
  listLiteLlm,
  listOpenAi,
  type ServedModel,
  SERVERS,
  type ServerKind,
  UNKNOWN,
  withFacts,
} from "./servers.ts";

/** A model that an agent could use, and its address. */
export interface OfferedModel extends ServedModel {
  /** The kind of its server; null for an endpoint of unknown kind that the config names. */
  server: ServerKind | null;
  /** The value for `model.base_url`. */
  base_url: string;
}

/**
 * Lists the models that an agent could use: the models of the servers on this machine, and the models that the
 * settings name. Sends a key to its own endpoint only, and of a remote endpoint lists only the named models.
 *
 * @param named settings without faults, each of an endpoint
 * @param options.timeoutMs for each question, instead of {@link PROBE_TIMEOUT_MS}
 * @param options.ports the ports to try instead of the usual ones
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
 * Lists the models of an endpoint that the settings name; a named model is listed in any case.
 *
 * @param all settings of one endpoint that differ only in the name of the model
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
  const described = listLiteLlm(ask);
  const lists = await Promise.all([
    ...kinds.map(async (kind) => ({ kind, models: await SERVERS[kind].list(ask) })),
    listOpenAi(ask, base).then((models) => ({ kind: null, models })),
  ]);
  const found = lists.find(({ models }) => models !== null);
  const facts = await described;
  const names = new Set(all.map(({ name }) => name));
  const listed = (found?.models ?? []).filter(
    (model) => isShown(model) && (isLoopback || names.has(model.name)),
  );
  const missing = [...names].filter((name) => !listed.some((model) => model.name === name));
  const offered = [...listed, ...missing.map((name) => ({ ...UNKNOWN, name }))];
  return withFacts(offered, facts).map((model) => ({
    ...model,
    server: found?.kind ?? null,
    base_url,
  }));
}
