import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { Api, ScriptedReply } from "./scripted-reply.ts";
import { API_PATHS, apiOf, responsesBody, toChatBody } from "./scripted-responses.ts";
import { modelSchema } from "../../daemon/protocol/agent.ts";
import type { ModelSettings } from "../../daemon/protocol/agent.ts";

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(
    z.looseObject({
      role: z.enum(["system", "user", "assistant", "tool"]),
      content: z.string().nullish(),
      tool_calls: z
        .array(
          z.looseObject({
            id: z.string(),
            function: z.looseObject({ name: z.string(), arguments: z.string() }),
          }),
        )
        .optional(),
      tool_call_id: z.string().optional(),
    }),
  ),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).optional(),
});

/** A request for a reply as it arrived. */
export interface RecordedRequest {
  /** 0-based, in the order of arrival. */
  index: number;
  at: number;
  path: string;
  api: Api;
  headers: IncomingHttpHeaders;
  /** Its body as chat completions have it, whatever the API. */
  body: z.infer<typeof bodySchema>;
  /** Its body as it came. */
  sent: Record<string, unknown>;
}

/** A list without windows. */
export const MODELS = { object: "list", data: [{ id: "scripted", owned_by: "scripted" }] };
// With its window, as vLLM lists it: the usual count of a scripted reply is not that of the prompt.
const WITH_WINDOW = {
  object: "list",
  data: [{ id: "scripted", owned_by: "scripted", max_model_len: 32_768 }],
};

/** What the server does with one request. */
export type Step = (response: ServerResponse) => void | Promise<void>;

/** Steps for one request each, in this order; or a function that finds the step for a request. */
export type Script = readonly Step[] | ((request: RecordedRequest) => Step | Promise<Step>);

export interface ScriptedServer extends AsyncDisposable {
  /** What a config has as `base_url`. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Model settings that lead here; no key and no price unless given. */
  settings(changes?: Partial<ModelSettings>): ModelSettings;
}

/**
 * Starts an OpenAI-compatible server on loopback that answers by a script.
 *
 * A request that the script does not expect gets status 500; disposing throws when there was one, or when
 * a step was left over. Whatever is asked but completions is no part of the script: `GET …/models` lists
 * one model, with a window unless there are `pages`, and `pages` has the rest.
 */
export async function startScriptedServer(
  script: Script,
  {
    port = 0,
    latencyMs = 0,
    apis = ["chat"],
    pages = {},
  }: {
    port?: number;
    latencyMs?: number;
    /** The script answers these; the others are 404. */
    apis?: readonly Api[];
    /** What other paths answer, as JSON or a function that gives it; the rest of them are 404. */
    pages?: Readonly<Record<string, unknown>>;
  } = {},
): Promise<ScriptedServer> {
  // Pages may have another window.
  const usualList = Object.keys(pages).length === 0 ? WITH_WINDOW : MODELS;
  const requests: RecordedRequest[] = [];
  const unexpected: string[] = [];

  async function findStep(incoming: IncomingMessage, api: Api, body: string): Promise<Step> {
    const sent = z.record(z.string(), z.unknown()).parse(JSON.parse(body));
    const request: RecordedRequest = {
      index: requests.length,
      at: Date.now(),
      path: incoming.url ?? "",
      api,
      headers: incoming.headers,
      body: bodySchema.parse(api === "chat" ? sent : toChatBody(sent)),
      sent,
    };
    requests.push(request);
    if (typeof script === "function") return script(request);
    const step = script[request.index];
    if (!step) throw new Error(`request ${request.index + 1} of a script of ${script.length}`);
    return step;
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(incoming).catch(() => null);
    const path = incoming.url ?? "";
    const api = apis.find((one) => path.endsWith(API_PATHS[one]));
    if (api === undefined) {
      const page: unknown = pages[path] ?? (path === "/v1/models" ? usualList : undefined);
      if (page === undefined) return status(404)(response);
      return status(200, typeof page === "function" ? page() : page)(response);
    }
    // The other side went away before it had asked.
    if (body === null) return;
    const step = await findStep(incoming, api, body).catch((error: unknown) => {
      unexpected.push(`${incoming.method} ${incoming.url}: ${String(error)}`);
      return status(500, { error: { message: "The script did not expect this request." } });
    });
    if (latencyMs > 0) await wait(latencyMs);
    await step(response);
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      unexpected.push(`${incoming.method} ${incoming.url}: ${String(error)}`);
      response.destroy();
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;

  return {
    url,
    requests,
    settings: (changes = {}) => ({
      ...modelSchema.parse({ provider: "openai", base_url: url, name: "scripted", api_key: null }),
      ...changes,
    }),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      if (unexpected.length > 0) throw new Error(`Unexpected: ${unexpected.join("; ")}`);
      if (typeof script !== "function" && requests.length < script.length) {
        throw new Error(`${script.length - requests.length} steps of the script were not used`);
      }
    },
  };
}

/** A reply in the API of its request, with usage of 100 and 20 tokens unless given. */
export function reply(scripted: ScriptedReply = {}): Step {
  const ofChat = chatReply(scripted);
  const ofResponses = status(200, responsesBody(scripted));
  return (response) => (apiOf(response) === "chat" ? ofChat : ofResponses)(response);
}

function chatReply(scripted: ScriptedReply): Step {
  const { content = null, calls = [], usage, finish_reason, message } = scripted;
  const tool_calls = calls.map((call, index) => ({
    id: `call_${index}`,
    type: "function",
    function: {
      name: call.name,
      arguments:
        typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
    },
  }));
  const hasCalls = tool_calls.length > 0;
  return status(200, {
    id: "chatcmpl-scripted",
    object: "chat.completion",
    created: 0,
    model: "scripted",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content, ...(hasCalls ? { tool_calls } : {}), ...message },
        finish_reason:
          finish_reason === undefined ? (hasCalls ? "tool_calls" : "stop") : finish_reason,
      },
    ],
    ...(usage === null
      ? {}
      : { usage: usage ?? { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } }),
  });
}

/** A status with a body as JSON, or as the text it is. */
export function status(
  code: number,
  body: unknown = "",
  headers: Readonly<Record<string, string>> = {},
): Step {
  const isText = typeof body === "string" || body instanceof Uint8Array;
  return (response) => {
    response
      .writeHead(code, { "content-type": isText ? "text/plain" : "application/json", ...headers })
      .end(isText ? body : JSON.stringify(body));
  };
}

/** Status 200 with exactly this body. */
export function raw(body: string | Uint8Array, contentType: string): Step {
  return status(200, body, { "content-type": contentType });
}

/** Takes the request and never answers. */
export function hang(): Step {
  return () => {};
}

/** Sends the beginning of a reply, if given, and breaks the connection. */
export function reset(beginning?: string): Step {
  return async (response) => {
    if (beginning !== undefined) {
      response.writeHead(200, { "content-type": "application/json" });
      await new Promise<void>((sent) => response.write(beginning, () => sent()));
    }
    response.socket?.resetAndDestroy();
  };
}

/** Sends one byte (a space: JSON may begin with any number) in every so many milliseconds, for ever. */
export function trickle(everyMs: number): Step {
  return (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const timer = setInterval(() => response.write(" "), everyMs);
    response.on("close", () => clearInterval(timer));
  };
}

/** Points to another address. */
export function redirect(url: string): Step {
  return status(302, "", { location: url });
}
