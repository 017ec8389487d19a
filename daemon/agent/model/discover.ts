import path from "node:path";
import { z } from "zod";
import { openTransport } from "./fetch.ts";
import type { Transport } from "./fetch.ts";
import { parseJson } from "./json.ts";

export type ServerKind = "ollama" | "lm_studio" | "llama_cpp" | "docker_model_runner";

/** A model server that answers on this machine. */
export interface FoundServer {
  kind: ServerKind;
  /** What `model.base_url` would be. */
  base_url: string;
  /** Its models as `model.name` would name them; those that only embed are left out. */
  models: string[];
}

/** Where each kind listens unless told otherwise. llama.cpp is moving from the first to the second. */
const PORTS: Readonly<Record<ServerKind, readonly number[]>> = {
  ollama: [11434],
  lm_studio: [1234],
  llama_cpp: [8080, 9931],
  docker_model_runner: [12434],
};

interface Probe {
  /** What is asked. */
  path: string;
  /** The names of the models, or null where the answer is not of this kind of server. */
  read(body: unknown): string[] | null;
}

interface Knowledge {
  /** The part of the base URL after the port. */
  base: string;
  probes: readonly Probe[];
}

const ollamaTags = z.object({
  models: z.array(z.object({ name: z.string(), capabilities: z.array(z.string()).nullish() })),
});
const lmStudioModels = z.object({
  models: z.array(z.object({ key: z.string(), type: z.string() })),
});
const openAiModels = z.object({
  data: z.array(z.object({ id: z.string(), owned_by: z.string().optional() })),
});
const llamaCppProps = z.object({
  default_generation_settings: z.looseObject({}),
  model_path: z.string(),
  model_alias: z.string().optional(),
});

const KNOWLEDGE: Readonly<Record<ServerKind, Knowledge>> = {
  ollama: {
    base: "/v1",
    probes: [
      {
        path: "/api/tags",
        read: (body) =>
          ollamaTags
            .safeParse(body)
            .data?.models.filter(({ capabilities }) => capabilities?.includes("completion") ?? true)
            .map(({ name }) => name) ?? null,
      },
    ],
  },
  lm_studio: {
    base: "/v1",
    probes: [
      {
        path: "/api/v1/models",
        read: (body) =>
          lmStudioModels
            .safeParse(body)
            .data?.models.filter(({ type }) => type === "llm")
            .map(({ key }) => key) ?? null,
      },
      // Releases before 0.4 have only this.
      { path: "/v1/models", read: (body) => readOpenAiModels(body) },
    ],
  },
  llama_cpp: {
    base: "/v1",
    probes: [
      { path: "/v1/models", read: (body) => readOpenAiModels(body, "llamacpp") },
      {
        path: "/props",
        read: (body) => {
          const { data } = llamaCppProps.safeParse(body);
          return data ? [data.model_alias || path.posix.basename(data.model_path)] : null;
        },
      },
    ],
  },
  docker_model_runner: {
    base: "/engines/v1",
    probes: [{ path: "/engines/v1/models", read: (body) => readOpenAiModels(body) }],
  },
};

function readOpenAiModels(body: unknown, owner?: string): string[] | null {
  const { data } = openAiModels.safeParse(body);
  if (!data) return null;
  if (owner !== undefined && data.data[0]?.owned_by !== owner) return null;
  return data.data.map(({ id }) => id);
}

/**
 * The model servers that answer on loopback at their usual ports. Sends no key and asks no other machine;
 * what answers in another shape, late or not at all is no server.
 *
 * @param options.timeoutMs for each question
 * @param options.ports other ports; a kind left out is not looked for
 * @throws AbortError when the signal aborts
 */
export async function discoverServers(
  options: {
    timeoutMs?: number;
    signal?: AbortSignal;
    ports?: Readonly<Partial<Record<ServerKind, readonly number[]>>>;
  } = {},
): Promise<FoundServer[]> {
  const { timeoutMs = 300, signal = new AbortController().signal, ports = PORTS } = options;
  const transport = openTransport();
  const kinds: ServerKind[] = ["ollama", "lm_studio", "llama_cpp", "docker_model_runner"];
  const found = await Promise.all(
    kinds.flatMap((kind) =>
      (ports[kind] ?? []).map((port) => findServer({ kind, port, transport, timeoutMs, signal })),
    ),
  );
  await transport.close();
  signal.throwIfAborted();
  return found.filter((server) => server !== null);
}

interface Search {
  kind: ServerKind;
  port: number;
  transport: Transport;
  timeoutMs: number;
  signal: AbortSignal;
}

async function findServer(search: Search): Promise<FoundServer | null> {
  const { base, probes } = KNOWLEDGE[search.kind];
  const origin = `http://127.0.0.1:${search.port}`;
  for (const probe of probes) {
    const models = probe.read(await ask(origin + probe.path, search));
    if (models === null) continue;
    return { kind: search.kind, base_url: origin + base, models: models.filter(isModelName) };
  }
  return null;
}

/** The JSON that came with status 200, or undefined. */
async function ask(url: string, { transport, timeoutMs, signal }: Search): Promise<unknown> {
  try {
    const answer = await transport.fetch(url, {
      headers: { accept: "application/json", "user-agent": "agent-runner" },
      maxBytes: 1_000_000,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    return answer.status === 200 ? parseJson(answer.text) : undefined;
  } catch {
    return undefined;
  }
}

/** Names are shown and written to the config: no control characters, nothing endless, no embedders. */
function isModelName(name: string): boolean {
  return /^\P{Cc}{1,200}$/u.test(name) && !/embed/i.test(name);
}
