import { openTransport } from "./fetch.ts";
import type { Transport } from "./fetch.ts";
import { parseJson } from "./json.ts";
import { type Ask, SERVERS, listOpenAi, type ServedModel, type ServerKind } from "./servers.ts";

/** A model server that answers on this machine. */
export interface FoundServer {
  kind: ServerKind;
  /** The value for `model.base_url`. */
  base_url: string;
  /** Its models, without those that only embed. */
  models: ServedModel[];
}

/** The default ports of each kind. llama.cpp is moving from the first to the second. */
const PORTS: Readonly<Record<ServerKind, readonly number[]>> = {
  ollama: [11434],
  lm_studio: [1234],
  llama_cpp: [8080, 9931],
  docker_model_runner: [12434],
};

// OpenRouter has long descriptions of hundreds of models.
export const MAX_ANSWER_BYTES = 4_000_000;

/** The time for one question: to a server that may not exist, and to one that the config names and that may be busy. */
export const PROBE_TIMEOUT_MS = { sought: 300, named: 3_000 };

/**
 * Finds the model servers that answer on loopback at their usual ports. Sends no key and asks no other machine.
 * Ignores whatever answers in another shape, late or not at all.
 *
 * @param options.timeoutMs for each question
 * @param options.ports other ports; a kind without ports is not looked for
 * @throws AbortError when the signal aborts
 */
export async function discoverServers(
  options: {
    timeoutMs?: number;
    signal?: AbortSignal;
    ports?: Readonly<Partial<Record<ServerKind, readonly number[]>>>;
  } = {},
): Promise<FoundServer[]> {
  const {
    timeoutMs = PROBE_TIMEOUT_MS.sought,
    signal = new AbortController().signal,
    ports = PORTS,
  } = options;
  const transport = openTransport();
  const kinds: ServerKind[] = ["ollama", "lm_studio", "llama_cpp", "docker_model_runner"];
  const found = await Promise.all(
    kinds.flatMap((kind) =>
      (ports[kind] ?? []).map(async (port): Promise<FoundServer | null> => {
        const root = `http://127.0.0.1:${port}`;
        const { base, list } = SERVERS[kind];
        const ask = createAsk(root, { transport, headers: {}, timeoutMs, signal });
        // LM Studio before 0.4 lists its models in the form of OpenAI.
        const models =
          (await list(ask)) ?? (kind === "lm_studio" ? await listOpenAi(ask, base) : null);
        if (models === null) return null;
        return { kind, base_url: root + base, models: models.filter(isShown) };
      }),
    ),
  );
  await transport.close();
  signal.throwIfAborted();
  return found.filter((server) => server !== null);
}

/**
 * Creates an `Ask` for the server at `root`, with these headers and no others of the user.
 *
 * @param options.onMissed called when no answer came in time, or one that another moment may change
 */
export function createAsk(
  root: string,
  options: {
    transport: Transport;
    headers: Readonly<Record<string, string>>;
    timeoutMs: number;
    signal: AbortSignal;
    onMissed?: () => void;
  },
): Ask {
  const { transport, headers, timeoutMs, signal, onMissed } = options;
  return async (path, body) => {
    try {
      const answer = await fetchWithKey(transport, root + path, {
        headers: {
          accept: "application/json",
          "content-type": "application/json",
          "user-agent": "agent-runner",
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        maxBytes: MAX_ANSWER_BYTES,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (answer.status === 429 || answer.status >= 500) onMissed?.();
      return answer.status === 200 ? parseJson(answer.text) : undefined;
    } catch {
      onMissed?.();
      return undefined;
    }
  };
}

// How Anthropic and Google refuse a bearer token that their chat completions take.
const OTHER_HEADER = /x-api-key|invalid bearer token|expected oauth 2 access token/i;

/**
 * Fetches with the key as most endpoints take it, and once more as the own routes of Anthropic and Google do where it is
 * refused so.
 * Sources: https://platform.claude.com/docs/en/api/models-list, https://ai.google.dev/api/models
 */
export async function fetchWithKey(
  transport: Transport,
  url: string,
  init: Parameters<Transport["fetch"]>[1],
): ReturnType<Transport["fetch"]> {
  const answer = await transport.fetch(url, init);
  const { authorization = "", ...headers } = init.headers;
  const key = /^Bearer (.+)$/.exec(authorization)?.[1];
  const isRefused = answer.status === 401 && OTHER_HEADER.test(answer.text);
  if (key === undefined || !isRefused) return answer;
  const keys = { "x-api-key": key, "x-goog-api-key": key, "anthropic-version": "2023-06-01" };
  return transport.fetch(url, { ...init, headers: { ...headers, ...keys } });
}

/** Whether a model can be offered: its name is short, has no control characters and is not an embedder's. */
export function isShown({ name }: ServedModel): boolean {
  return /^\P{Cc}{1,200}$/u.test(name) && !/embed/i.test(name);
}
