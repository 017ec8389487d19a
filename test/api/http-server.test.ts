import { afterAll, expect, test } from "vitest";
import { openServer } from "../helper/open-server.ts";

const server = await openServer();
afterAll(() => server[Symbol.asyncDispose]());

/** The status and code of a raw answer, or the status alone. */
function read(answer: string): string {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? "no answer";
  const code = /"code":"(\w+)"/.exec(answer)?.[1];
  return code === undefined ? status : `${status} ${code}`;
}

// Each as it goes over the wire, with AUTHORITY and AUTHORIZED filled in.
const cases: [name: string, message: string, expected: string][] = [
  ["our Host", "GET /api/health HTTP/1.1\nHost: AUTHORITY", "200"],
  ["HTTP/1.0 with our Host", "GET /api/health HTTP/1.0\nHost: AUTHORITY", "200"],
  ["a whole URL of ours", "GET http://AUTHORITY/api/health HTTP/1.1\nHost: AUTHORITY", "200"],
  ["the token", "GET /api/runs HTTP/1.1\nHost: AUTHORITY\nAUTHORIZED", "200"],
  ["an Expect we do not know", "GET /api/health HTTP/1.1\nHost: AUTHORITY\nExpect: tea", "200"],

  ["no Host", "GET /api/health HTTP/1.1", "421 host_refused"],
  ["HTTP/1.0 without Host", "GET /api/health HTTP/1.0", "421 host_refused"],
  ["HTTP/1.0 with another Host", "GET /api/health HTTP/1.0\nHost: evil", "421 host_refused"],
  ["an empty Host", "GET /api/health HTTP/1.1\nHost:", "421 host_refused"],
  [
    "two Hosts, ours first",
    "GET /api/health HTTP/1.1\nHost: AUTHORITY\nHost: evil",
    "421 host_refused",
  ],
  ["a whole URL of another", "GET http://evil/ HTTP/1.1\nHost: AUTHORITY", "421 host_refused"],
  [
    "a whole URL of ours for another Host",
    "GET http://AUTHORITY/ HTTP/1.1\nHost: evil",
    "421 host_refused",
  ],
  ["a path no route has", "GET /nope HTTP/1.1\nHost: evil", "421 host_refused"],
  ["a path that cannot be decoded", "GET /%zz HTTP/1.1\nHost: evil", "421 host_refused"],
  ["OPTIONS", "OPTIONS /api/runs HTTP/1.1\nHost: evil", "421 host_refused"],
  ["OPTIONS *", "OPTIONS * HTTP/1.1\nHost: evil", "421 host_refused"],
  ["TRACE", "TRACE / HTTP/1.1\nHost: evil", "421 host_refused"],
  ["PROPFIND", "PROPFIND / HTTP/1.1\nHost: evil", "421 host_refused"],
  ["HEAD", "HEAD /api/health HTTP/1.1\nHost: evil", "421"],
  [
    "an upgrade",
    "GET / HTTP/1.1\nHost: evil\nConnection: Upgrade\nUpgrade: websocket",
    "421 host_refused",
  ],
  ["an Expect", "POST / HTTP/1.1\nHost: evil\nExpect: tea", "421 host_refused"],
  [
    "a preflight",
    "OPTIONS /api/stop HTTP/1.1\nHost: AUTHORITY\nOrigin: http://evil\nAccess-Control-Request-Method: POST",
    "403 origin_refused",
  ],

  ["no token", "GET /api/runs HTTP/1.1\nHost: AUTHORITY", "401 unauthorized"],
  ["no token, HEAD", "HEAD /api/runs HTTP/1.1\nHost: AUTHORITY", "401"],
  ["no token, coded path", "GET /%61pi/status HTTP/1.1\nHost: AUTHORITY", "401 unauthorized"],
  [
    "no token, a query for a path",
    "GET http://AUTHORITY?/api/runs HTTP/1.1\nHost: AUTHORITY",
    "401 unauthorized",
  ],
  ["no token, bad path", "GET /api/%zz HTTP/1.1\nHost: AUTHORITY", "401 unauthorized"],
  ["a bad path", "GET /api/%zz HTTP/1.1\nHost: AUTHORITY\nAUTHORIZED", "400 invalid_request"],
  ["PROPFIND of ours", "PROPFIND / HTTP/1.1\nHost: AUTHORITY", "404 not_found"],
  ["what is not HTTP", "hello", "400 invalid_request"],
  [
    "headers without end",
    `GET / HTTP/1.1\nHost: AUTHORITY\nX: ${"x".repeat(100_000)}`,
    "400 invalid_request",
  ],
];

test.each(cases.map(([name, message, expected]) => ({ name, message, expected })))(
  "$name is answered with $expected, and with the security headers",
  async ({ message, expected }) => {
    const request = `${message}\nConnection: close\n\n`
      .replaceAll("AUTHORITY", server.authority)
      .replace("AUTHORIZED", `Authorization: Bearer ${server.token}`)
      .replaceAll("\n", "\r\n");
    const answer = await server.sendRaw(request);
    expect(read(answer)).toBe(expected);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    const headers = head.toLowerCase();
    for (const header of [
      "cache-control: no-store",
      "content-security-policy: default-src 'none'; frame-ancestors 'none'",
      "cross-origin-opener-policy: same-origin",
      "cross-origin-resource-policy: same-origin",
      "referrer-policy: no-referrer",
      "x-content-type-options: nosniff",
    ]) {
      expect(headers).toContain(header);
    }
    expect(headers).not.toContain("access-control-");
    if (expected === "200") return;
    expect(headers).toContain("content-type: application/problem+json");
    expect(body).not.toContain('"items"');
  },
);
