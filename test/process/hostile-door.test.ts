import { readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect as openSocket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import fc, { type Arbitrary } from "fast-check";
import { expect, test } from "vitest";
import { type Openapi, operationsOf } from "../helper/openapi.ts";
import { testHome, waitFor } from "../helper/program.ts";
import { arbitraryOf, type Known } from "../helper/schema-arbitrary.ts";
import { SEED } from "../helper/seed.ts";

// `DOOR=10` sends 2,000 raw requests and 3,000 with the token, and prints how long they took.
const TIMES = Number(process.env["DOOR"] ?? 1);
const RAW = 200 * TIMES;
const WITH_TOKEN = 300 * TIMES;
const AT_ONCE = 8;
const TIMEOUT_MS = 120_000 * TIMES;

const KEYS = ["literal-canary-key-1", "variable-canary-key-2"];
const CANARY = "canary of a file that no agent may read";

const some = <T>(...values: T[]): Arbitrary<T> => fc.constantFrom(...values);

/** A message that may or may not be HTTP. None has the token. */
function rawRequests(host: string): Arbitrary<string> {
  const target = fc.oneof(
    some(
      "/",
      "/api/tasks",
      "/api/config",
      "/api/status",
      "/API/notes",
      "/api/health",
      "/api/session",
    ),
    some(
      "/%61pi/tasks",
      "/api/%2e%2e/config",
      "//api/config",
      "/./api/config",
      "/tasks/%E0%A4%A",
      "/%",
      "*",
    ),
    some(
      `http://${host}/api/tasks`,
      "http://evil.example/api/tasks",
      "evil.example:443",
      "/\0",
      "/ /api/tasks",
    ),
    some("/assets/../../home/secrets.env", "/..%2f..%2fhome/secrets.env", `/${"a".repeat(70_000)}`),
    fc.string({ maxLength: 40 }),
  );
  const header = fc.oneof(
    some(
      `Host: ${host}`,
      "Host: evil.example",
      `Host: ${host}\r\nHost: ${host}`,
      "Host:",
      `hOsT : ${host}`,
    ),
    some("Origin: null", "Origin: http://evil.example", `Origin: http://${host}`),
    some("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"),
    some(
      "Authorization: Bearer",
      "Authorization: Bearer x",
      "Authorization: Basic eDp4",
      "Authorization: Bearer \0",
    ),
    some("Content-Length: 5", "Content-Length: -1", "Content-Length: 5\r\nContent-Length: 6"),
    some(
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: chunked, identity",
      "Transfer-Encoding:\tx",
    ),
    some(
      "Upgrade: websocket\r\nConnection: Upgrade",
      "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings",
    ),
    some("Expect: 100-continue", "Expect: x", "Connection: close", "Connection: keep-alive"),
    some(
      `X: ${"a".repeat(90_000)}`,
      "X\0: y",
      " folded",
      "Cookie: token=x",
      "X-Forwarded-Host: evil.example",
    ),
    fc.string({ maxLength: 60 }),
  );
  const one = fc
    .record({
      method: some(
        "GET",
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "PRI",
        "get",
        "",
        "G\0T",
      ),
      target,
      version: some("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", ""),
      own: fc.boolean(),
      headers: fc.array(header, { maxLength: 6 }),
      end: some("\r\n", "\r\n", "\n", "\r"),
      body: some(
        "",
        "",
        "{}",
        "5\r\nhello\r\n0\r\n\r\n",
        `0\r\n\r\nGET /api/tasks HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      ),
    })
    .map(({ method, target: to, version, own, headers, end, body }) => {
      const lines = own ? [`Host: ${host}`, ...headers] : headers;
      return [`${method} ${to} ${version}`, ...lines, "", body].join(end);
    });
  return fc.array(one, { minLength: 1, maxLength: 3 }).map((messages) => messages.join(""));
}

/** Sends a message as it is, and gives all that comes back. */
function exchange(url: URL, message: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  const socket = openSocket({ host: url.hostname, port: Number(url.port) }, () => {
    socket.end(Buffer.from(message, "latin1"));
  });
  socket.on("data", (chunk) => {
    chunks.push(Buffer.from(chunk as Buffer));
  });
  // A reset is an answer too.
  socket.on("error", () => {});
  socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  return promise;
}

interface Call {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string | undefined;
}

const HOSTILE = [
  "\0",
  "\ud800",
  "../../etc/passwd",
  "${CANARY_KEY}",
  "' OR 1=1 --",
  "(hidden 1)",
  "%00",
  "\u202e",
  "a".repeat(70_000),
  "<script>",
  "__proto__",
  "9".repeat(400),
  "NEAR(",
  '"',
  "🏠",
  "2026-02-30",
  "adhoc-000000000000",
];

/** Requests to every operation but the one that ends the daemon. */
function callsTo(document: Openapi, known: Known): Arbitrary<Call> {
  const hostile = fc.constantFrom(...HOSTILE);
  const operations = operationsOf(document).filter(
    ({ path, responses }) =>
      path !== "/api/stop" && !JSON.stringify(responses).includes("event-stream"),
  );
  return fc.oneof(
    ...operations.map(({ method, path, parameters = [], requestBody }) => {
      const values = fc.tuple(
        ...parameters.map(({ schema }) =>
          fc.oneof(hostile, arbitraryOf(schema, known, document).map(String)),
        ),
      );
      const schema = requestBody?.content["application/json"]?.schema;
      const body: Arbitrary<string | undefined> =
        schema === undefined
          ? fc.constant(undefined)
          : fc.oneof(
              {
                weight: 8,
                arbitrary: arbitraryOf(schema, known, document).map((value) =>
                  JSON.stringify(value),
                ),
              },
              {
                weight: 1,
                arbitrary: some(
                  "",
                  "{",
                  "null",
                  '"\\ud800"',
                  '{"__proto__":{}}',
                  "[".repeat(200_000),
                ),
              },
            );
      return fc.record({ values, body }).map(({ values: given, body: sent }): Call => {
        let target = path;
        const query: string[] = [];
        for (const [index, { name, in: place }] of parameters.entries()) {
          const value = encodeURIComponent((given[index] ?? "").toWellFormed());
          if (place === "path") target = target.replace(`{${name}}`, () => value || "x");
          else if (place === "query") query.push(`${name}=${value}`);
        }
        const headers: Record<string, string> =
          sent === undefined ? {} : { "content-type": "application/json" };
        return {
          method,
          target: `${target}?${query.join("&")}`.slice(0, 60_000),
          headers,
          body: sent,
        };
      });
    }),
  );
}

async function send(
  url: string,
  token: string,
  { method, target, headers, body }: Call,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(
    url + target,
    { method, agent: false, headers: { ...headers, authorization: `Bearer ${token}` } },
    resolve,
  )
    .on("error", reject)
    .end(body);
  const answer = await promise;
  return `HTTP/1.1 ${answer.statusCode} \n${await text(answer)}`;
}

/** Does each, several at once; gives the times in milliseconds, in order. */
async function timed<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  const left = all.values();
  const work = async (): Promise<void> => {
    for (const one of left) {
      const began = performance.now();
      await act(one);
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return times.toSorted((a, b) => a - b);
}

test(
  "whatever is sent to the door, no key, token or file leaks, and nothing is a fault of ours",
  async () => {
    await using home = testHome({
      "in/a.md": "# Roof CANARY-TITLE\n\n- [ ] Send the offer\n",
      "private/secret.txt": CANARY,
    });
    home.write("home/secrets.env", `CANARY_KEY=${KEYS[1]}\n`);
    home.configure(
      `agents:\n  - { id: test, directories: [{ path: "${home.file("in")}", watch: false }], model: { api_key: ${KEYS[0]}, headers: { X-Tok: "\${CANARY_KEY}" } } }\n`,
    );
    home.start();
    const client = await home.connect();
    await client.trigger("test", {});
    await waitFor("a task", async () => (await client.entities("task")).items[0]);
    const { url, token } = JSON.parse(readFileSync(home.file("home/daemon.json"), "utf8")) as {
      url: string;
      token: string;
    };

    const health: number[] = [];
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        const began = performance.now();
        expect((await fetch(`${url}/api/health`)).status).toBe(200);
        health.push(performance.now() - began);
        await wait(50);
      }
    })();

    const secrets = [...KEYS, token, CANARY];
    const judge = (sent: unknown, answer: string, words: readonly string[]): void => {
      const leaked = words.filter((word) => answer.includes(word));
      const isFault = /^HTTP\/1\.\d 500 /m.test(answer);
      expect({ sent, leaked, fault: isFault ? answer : "" }).toEqual({
        sent,
        leaked: [],
        fault: "",
      });
    };
    const raw = fc.sample(rawRequests(new URL(url).host), { numRuns: RAW, seed: SEED });
    const rawTimes = await timed(raw, async (message) =>
      judge(message, await exchange(new URL(url), message), [...secrets, "CANARY-TITLE"]),
    );

    const document = (await client.request("GET", "/api/openapi.json")) as Openapi;
    // Nothing here may read or write outside of the home.
    const places = [
      home.file("in"),
      home.file("in/a.md"),
      home.file("nowhere"),
      "\0",
      "relative",
      "",
    ];
    const known: Known = (name) => {
      if (name === "path") return places;
      if (name === "paths") return [null, [], ...places.map((place) => [place])];
      if (name === "base_url")
        return ["http://127.0.0.1:9/v1", "http://127.0.0.1:9/${CANARY_KEY}", "x"];
      if (name === "text")
        return [
          "a: b\n".repeat(50_000),
          "[".repeat(150_000),
          "instructions: (hidden 1)\n",
          "a: &a [*a]",
        ];
      return undefined;
    };
    const calls = fc.sample(callsTo(document, known), { numRuns: WITH_TOKEN, seed: SEED });
    const times = await timed(calls, async (call) =>
      judge(call, await send(url, token, call), secrets),
    );
    isOver = true;
    await watching;
    if (TIMES > 1)
      report({ raw: rawTimes, "with token": times, health: health.toSorted((a, b) => a - b) });
  },
  TIMEOUT_MS,
);

function report(all: Record<string, number[]>): void {
  for (const [what, times] of Object.entries(all)) {
    const at = (part: number): string =>
      (times[Math.floor((times.length - 1) * part)] ?? 0).toFixed(0);
    process.stdout.write(
      `${what}: ${times.length}, median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms\n`,
    );
  }
}
