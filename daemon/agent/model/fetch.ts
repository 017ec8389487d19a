import { Agent, fetch as send } from "undici";
import { RunnerError } from "../../core/errors.ts";

/** Sockets to endpoints, kept alive between requests. */
export interface Transport {
  /**
   * Sends one request and reads the whole answer. Does not follow redirects: no second address ever
   * receives what was meant for the first.
   *
   * @throws {RunnerError} `bad_response` for a body over `maxBytes`, counted after decompression
   */
  fetch(url: string, request: HttpRequest): Promise<HttpAnswer>;
  /** Waits for running requests, then closes the sockets. */
  close(): Promise<void>;
}

interface HttpRequest {
  headers: Readonly<Record<string, string>>;
  /** Sent by POST; a request without a body is a GET. */
  body?: string;
  maxBytes: number;
  signal: AbortSignal;
}

interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * Opens sockets with no proxy, no redirect, and no time limit except the signal, whatever the environment says.
 * A certificate is always checked; the environment may only add issuers (`NODE_EXTRA_CA_CERTS`, `NODE_USE_SYSTEM_CA`).
 */
export function openTransport(): Transport {
  // undici's own limits (300 s to the first header, 300 s between two chunks) would interrupt a local model
  // that takes long and answers in one piece; 0 turns them off.
  const dispatcher = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    // Given here, because NODE_TLS_REJECT_UNAUTHORIZED=0 counts wherever it is left out.
    connect: { timeout: 10_000, rejectUnauthorized: true },
  });
  return {
    async fetch(url, { headers, body, maxBytes, signal }) {
      const response = await send(url, {
        method: body === undefined ? "GET" : "POST",
        headers,
        body: body ?? null,
        redirect: "manual",
        signal,
        dispatcher,
      });
      const text = await readCapped(response.body, maxBytes);
      return { status: response.status, headers: new Headers([...response.headers]), text };
    },
    close: () => dispatcher.close(),
  };
}

async function readCapped(
  body: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      // Leaving the loop cancels the stream, and that closes the socket.
      throw new RunnerError("bad_response", `The answer is longer than ${maxBytes} bytes.`, {
        hint: "Check that model.base_url is the address of an OpenAI-compatible server.",
      });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
