import OpenAI from "openai";
import type { Endpoint } from "./endpoint.ts";
import type { Transport } from "./fetch.ts";

const MAX_BODY_BYTES = 8_000_000;
/** The longest time that a Node timer holds; a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The SDK's client, with a value for everything that it would take from the environment. */
export function createClient(endpoint: Endpoint, transport: Transport): OpenAI {
  return new OpenAI({
    baseURL: endpoint.baseUrl,
    // Never sent: the headers are the endpoint's own, below, so that nothing else can get among them.
    apiKey: "not-needed",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: "off",
    maxRetries: 0,
    // The caller's signal ends a request.
    timeout: MAX_TIMER_MS,
    async fetch(url, init) {
      const request = new Request(url, init);
      const answer = await transport.fetch(request.url, {
        headers: endpoint.headers,
        body: await request.text(),
        maxBytes: MAX_BODY_BYTES,
        signal: request.signal,
      });
      // A Response of these must not have a body.
      const bodiless = [204, 205, 304].includes(answer.status);
      return new Response(bodiless ? null : answer.text, {
        status: answer.status,
        headers: answer.headers,
      });
    },
  });
}
