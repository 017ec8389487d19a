import { z } from "zod";
import type { RunnerError } from "../../core/errors.ts";
import type { ModelSettings } from "../../protocol/agent.ts";
import { listNamed } from "./catalog.ts";
import { connectionFault } from "./connection-fault.ts";
import { fetchWithKey, MAX_ANSWER_BYTES, PROBE_TIMEOUT_MS } from "./discover.ts";
import { describeEndpoint, type Endpoint } from "./endpoint.ts";
import { refusalFault, timeoutFault } from "./fault.ts";
import { openTransport, type Transport } from "./fetch.ts";
import { parseJson } from "./json.ts";
import { readRefusal } from "./quirks.ts";
import { type ServedModel, UNKNOWN } from "./servers.ts";

/** The answer of an endpoint to a request for its list of models, which is free everywhere. */
export interface Probe {
  /** Why these settings cannot be used; null: the endpoint answers and accepts the key. */
  fault: RunnerError | null;
  /** Whether the model is in its list; null: it has no list. */
  is_listed: boolean | null;
  /** The names in its list. */
  listed: readonly string[];
  model: ServedModel;
  /** Scheme, host and port. */
  origin: string;
  is_loopback: boolean;
}

const listSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/**
 * Asks the endpoint that the settings name about itself, with its key and nothing of the user's.
 *
 * @throws {RunnerError} for settings that no request can use
 * @throws AbortError when the signal aborts
 */
export async function probeEndpoint(settings: ModelSettings, signal: AbortSignal): Promise<Probe> {
  const endpoint = describeEndpoint(settings);
  const transport = openTransport();
  try {
    const { fault, names } = await readList(endpoint, transport, signal);
    const [model] =
      fault === null
        ? (await listNamed([settings], transport, { signal })).filter(isNamed(settings.name))
        : [];
    signal.throwIfAborted();
    return {
      fault,
      is_listed: names === null ? null : names.some((name) => isNamed(settings.name)({ name })),
      listed: names ?? [],
      model: model ?? { ...UNKNOWN, name: settings.name },
      origin: endpoint.origin,
      is_loopback: endpoint.isLoopback,
    };
  } finally {
    await transport.close();
  }
}

/** Compares names of models; Ollama reads a name without a tag as the one with `latest`, Google lists `models/NAME`. */
function isNamed(wanted: string): (model: { name: string }) => boolean {
  return ({ name }) => [wanted, `${wanted}:latest`, `models/${wanted}`].includes(name);
}

async function readList(
  endpoint: Endpoint,
  transport: Transport,
  signal: AbortSignal,
): Promise<{ fault: RunnerError | null; names: string[] | null }> {
  const timeout = AbortSignal.timeout(PROBE_TIMEOUT_MS.named);
  try {
    const { status, headers, text } = await fetchWithKey(
      transport,
      `${endpoint.root}${endpoint.base}/models`,
      {
        headers: endpoint.headers,
        maxBytes: MAX_ANSWER_BYTES,
        signal: AbortSignal.any([signal, timeout]),
      },
    );
    const body = parseJson(text);
    // Some endpoints have no such list, and work without one.
    const hasNone = status === 404 || status === 405;
    if (hasNone || (status >= 200 && status < 300)) {
      return {
        fault: null,
        names: listSchema.safeParse(body).data?.data.map(({ id }) => id) ?? null,
      };
    }
    return {
      fault: refusalFault(readRefusal(status, body ?? text), headers, endpoint),
      names: null,
    };
  } catch (error) {
    signal.throwIfAborted();
    const seconds = PROBE_TIMEOUT_MS.named / 1000;
    const fault = timeout.aborted
      ? timeoutFault(seconds, endpoint)
      : connectionFault(error, endpoint);
    return { fault, names: null };
  }
}
