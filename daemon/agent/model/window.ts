import { RunnerError } from "../../core/errors.ts";
import type { ModelSettings } from "../../protocol/agent.ts";
import { createAsk, PROBE_TIMEOUT_MS } from "./discover.ts";
import type { Endpoint } from "./endpoint.ts";
import { TOO_LONG_RETRY_MS } from "./fault.ts";
import type { Transport } from "./fetch.ts";
import { findFacts, listOpenAi } from "./servers.ts";

/** How many tokens a request and its reply may have together, and the source of the number. */
export interface ContextWindow {
  tokens: number;
  source: "config" | "server" | "assumed";
}

export interface WindowFinder {
  /**
   * The window. Asks the server about the model if the last answer is old.
   *
   * @throws {RunnerError} `no_tool_calling` if the server says that the model cannot call tools
   */
  find(signal: AbortSignal): Promise<ContextWindow>;
  /** The last window found; null before the first search. */
  readonly known: ContextWindow | null;
  /** The day from which on the model is there no more (YYYY-MM-DD), by the last answer; null: not announced. */
  readonly retires_on: string | null;
}

// Every OpenAI model that calls tools has at least this, except two of 2023.
const ASSUMED_AT_OPENAI = 128_000;
// Small windows are found on local servers, which report them; the number of tokens that a server reports shows
// if it cuts prompts.
const ASSUMED_ELSEWHERE = 32_768;

// A local server may be restarted with another window at any time.
const ASKED_AGAIN_MS = { soon: 60_000, later: 60 * 60_000 };

/** Finds the window of the model that the settings name. Asks only the endpoint itself. */
export function createWindowFinder(
  settings: ModelSettings,
  endpoint: Endpoint,
  transport: Transport,
): WindowFinder {
  const { name, context_tokens } = settings;
  const isForced = settings.force_model || settings.calls === "json_schema";
  const configured: ContextWindow | null =
    context_tokens === null ? null : { tokens: context_tokens, source: "config" };
  const isAsked = endpoint.isOpenAi || configured === null || !isForced;
  const assumed = endpoint.isOpenAi ? ASSUMED_AT_OPENAI : ASSUMED_ELSEWHERE;
  const { root, base } = endpoint;
  let known = configured;
  let callsTools: boolean | null = null;
  let retiresOn: string | null = null;
  let askedAgainAt = -Infinity;

  async function ask(signal: AbortSignal): Promise<void> {
    let isMissed = false;
    const onMissed = (): void => void (isMissed = true);
    const askFor = (timeoutMs: number) =>
      createAsk(root, { transport, headers: endpoint.headers, timeoutMs, signal, onMissed });
    if (endpoint.isOpenAi) {
      // It reports when it has a model no more, and neither its window nor its abilities.
      const listed = await listOpenAi(askFor(PROBE_TIMEOUT_MS.named), base);
      retiresOn = listed?.find((model) => model.name === name)?.retires_on ?? retiresOn;
      askedAgainAt = performance.now() + ASKED_AGAIN_MS.later;
      return;
    }
    const load = configured === null ? askFor(settings.timeout_seconds * 1_000) : null;
    const found = await findFacts(name, base, askFor(PROBE_TIMEOUT_MS.named), {
      load,
      isForced,
    });
    if (configured === null && found.context_tokens !== null) {
      known = { tokens: found.context_tokens, source: "server" };
    } else if (!isMissed) {
      known = configured;
    }
    if (found.retires_on !== null || !isMissed) retiresOn = found.retires_on;
    if (found.calls_tools !== null || !isMissed) callsTools = found.calls_tools;
    // What was not answered is asked again soon, and so is what keeps files waiting.
    const isSoon = endpoint.isLoopback || isMissed || callsTools === false;
    askedAgainAt = performance.now() + ASKED_AGAIN_MS[isSoon ? "soon" : "later"];
  }

  return {
    async find(signal) {
      if (isAsked && performance.now() >= askedAgainAt) await ask(signal);
      known ??= { tokens: assumed, source: "assumed" };
      if (callsTools === false && !isForced) throw noToolCalling(name, endpoint);
      return known;
    },
    get known() {
      return known;
    },
    get retires_on() {
      return retiresOn;
    },
  };
}

/** The error for a model whose server says that it cannot call tools. */
function noToolCalling(model: string, { place }: Endpoint): RunnerError {
  return new RunnerError(
    "no_tool_calling",
    `The server at ${place} says that the model "${model}" cannot call tools, so nothing is sent to it.`,
    {
      hint: "Choose a model with tools, or set model.force_model: true if the server is wrong, or model.calls: json_schema if it keeps replies to a schema.",
    },
  );
}

const SOURCES: Readonly<Record<ContextWindow["source"], string>> = {
  config: "set by model.context_tokens",
  server: "reported by the server",
  assumed: "assumed, because the server does not report it",
};

/** The error for a request that the window has no room for. */
export function tooLong(
  needed: { input_tokens: number; output_tokens: number },
  window: ContextWindow,
  model: string,
): RunnerError {
  const { input_tokens, output_tokens } = needed;
  return new RunnerError(
    "too_long",
    `The document is too long for "${model}": about ${input_tokens} tokens with the prompt around it, and ` +
      `${output_tokens} for the reply, in a context window of ${window.tokens} (${SOURCES[window.source]}).`,
    {
      hint:
        window.source === "assumed"
          ? "Set model.context_tokens to the model's real window, or choose a model with a larger one: long documents are not split yet."
          : "Load the model with a larger window, or choose a model that has one: long documents are not split yet.",
      data: { ...needed, context_tokens: window.tokens, retry_after_ms: TOO_LONG_RETRY_MS },
    },
  );
}
