import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { RunnerError } from "../core/errors.ts";
import { toProblem } from "./problem.ts";

/** On every answer. */
export const SECURITY_HEADERS = new Map([
  ["cache-control", "no-store"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
]);

/** Answers on a connection that has no response: with the same headers as any answer, and as its last one. */
export function writeProblem(socket: Socket, error: RunnerError): void {
  const body = JSON.stringify(toProblem(error));
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ""}`,
    "connection: close",
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...[...SECURITY_HEADERS].map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
