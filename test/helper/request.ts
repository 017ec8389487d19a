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
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(message);
  return text(socket);
}
