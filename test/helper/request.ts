import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";

/** Where a server listens and what lets a request in. */
export interface Place {
  readonly url: string;
  readonly token: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON; undefined for an empty body. */
  body: ReturnType<typeof JSON.parse>;
}

/** Sends a request with the token; a body goes as JSON. */
export async function send(
  { url, token }: Place,
  method: string,
  path: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...more,
  };
  const answer = await fetch(url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: json === "" ? undefined : JSON.parse(json),
  };
}

/** Writes these bytes to the port and gives everything that comes back. */
export function sendRaw({ url }: Place, message: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ""));
  socket.write(message);
  return text(socket);
}

/** Asks at the origin of the page, whose name a browser resolves and Node need not. `fetch` sets Host itself. */
export async function fetchPage(
  pageUrl: string,
  path = "/",
  { method = "GET", headers = {}, body }: PageRequest = {},
): Promise<Response> {
  const { host, port } = new URL(pageUrl);
  const asked = request({ host: "127.0.0.1", port, path, method, headers: { ...headers, host } });
  asked.end(body);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const read = await text(answer);
  const { statusCode = 0, headersDistinct } = answer;
  const pairs = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return new Response(read, { status: statusCode, headers: pairs });
}

export interface PageRequest {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}
