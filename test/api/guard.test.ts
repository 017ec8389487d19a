import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ownAuthorities, refuse } from "../../daemon/api/guard.ts";

const PORT = 4770;
const TOKEN = "right";
const PAGE = "ar-0123456789abcdef0123.localhost";
const PAGE_URL = `http://${PAGE}:${PORT}`;
const OURS = ownAuthorities("127.0.0.1", PORT, PAGE_URL);

/** The code of the refusal, or "let in". */
function judge(target: string, headers: readonly [string, string][], method = "GET"): string {
  const facts = { method, target, rawHeaders: headers.flat() };
  return refuse(facts, OURS, TOKEN)?.code ?? "let in";
}

describe("Host", () => {
  test.each([...OURS])("%s is ours", (host) => {
    expect(judge("/api/health", [["Host", host]])).toBe("let in");
  });

  test.each([
    "",
    " ",
    "evil:4770",
    "evil.example:4770",
    "localhost.evil:4770",
    "127.0.0.1.evil.example:4770",
    "evil.example",
    "localhost",
    "127.0.0.1",
    "[::1]",
    "127.0.0.1:4771",
    "127.0.0.1:04770",
    "127.0.0.1:",
    "127.0.0.1:4770:4770",
    "localhost.:4770",
    "ar-ffffffffffffffffffff.localhost:4770",
    "ar-.localhost:4770",
    "x.localhost:4770",
    `x.${PAGE}:4770`,
    `${PAGE}:4771`,
    PAGE,
    "LOCALHOST:4770",
    "2130706433:4770",
    "0x7f000001:4770",
    "0x7f.0.0.1:4770",
    "0177.0.0.1:4770",
    "127.1:4770",
    "127.0.0.2:4770",
    "0.0.0.0:4770",
    "0:4770",
    "[::]:4770",
    "[0:0:0:0:0:0:0:1]:4770",
    "[::1%25lo]:4770",
    "::1:4770",
    "[::ffff:127.0.0.1]:4770",
    "[::ffff:7f00:1]:4770",
    "user@127.0.0.1:4770",
    "127.0.0.1:4770@evil.example",
    "127.0.0.1:4770, evil.example",
    "http://127.0.0.1:4770",
    "127.0.0.1:4770/",
    "127.0.0.1:4770 ",
    "127.0.0.1:4770\u0000",
    "１２７.0.0.1:4770",
  ])("%j is not", (host) => {
    for (const target of ["/api/health", "/api/status", "/", "/nope"]) {
      expect(judge(target, [["Host", host]])).toBe("host_refused");
    }
  });

  test("no other string is ours", () => {
    const almost = fc.constantFrom(...OURS).chain((own) =>
      fc.oneof(
        fc.string().map((text) => text + own),
        fc.string().map((text) => own + text),
        fc.string({ unit: "grapheme" }),
      ),
    );
    fc.assert(
      fc.property(almost, (host) => {
        expect(judge("/", [["Host", host]])).toBe(OURS.has(host) ? "let in" : "host_refused");
      }),
    );
  });

  test("there must be exactly one, even where both are ours", () => {
    const own: [string, string] = ["Host", "127.0.0.1:4770"];
    expect(judge("/api/health", [])).toBe("host_refused");
    expect(judge("/api/health", [own, own])).toBe("host_refused");
    expect(judge("/api/health", [own, ["hOST", "evil:4770"]])).toBe("host_refused");
  });

  test("a target that is a whole URL must name us too", () => {
    const host: [string, string][] = [["Host", "127.0.0.1:4770"]];
    expect(judge("http://127.0.0.1:4770/api/health", host)).toBe("let in");
    expect(judge("http://evil.example/api/health", host)).toBe("host_refused");
    expect(judge("http://127.0.0.1:4770@evil.example/api/health", host)).toBe("host_refused");
    expect(judge("http:///api/health", host)).toBe("host_refused");
  });

  test("the configured host is ours too, and port 80 is left out as browsers do", () => {
    expect(ownAuthorities("127.0.0.9", 4770, PAGE_URL)).toContain("127.0.0.9:4770");
    const own = ownAuthorities("::1", 80, `http://${PAGE}`);
    expect([...own]).toEqual(["127.0.0.1", "localhost", "[::1]", PAGE]);
  });
});

describe("the page a browser says it comes from", () => {
  const from = (...headers: [string, string][]): string =>
    judge("/api/health", [["Host", "127.0.0.1:4770"], ...headers]);

  test.each([...OURS])("may be the one that is asked: %s", (own) => {
    const origin = `http://${own}`;
    const headers: [string, string][] = [
      ["Host", own],
      ["Origin", origin],
      ["Sec-Fetch-Site", "same-origin"],
    ];
    expect(judge("/api/health", headers)).toBe("let in");
  });

  test.each(["http://localhost:4770", "http://[::1]:4770", `http://${PAGE}:4770`])(
    "may not be another address of this daemon: %s",
    (origin) => {
      expect(from(["Origin", origin])).toBe("origin_refused");
    },
  );

  test.each([
    "",
    "null",
    "https://127.0.0.1:4770",
    "http://127.0.0.1",
    "http://127.0.0.1:3000",
    "http://localhost:3000",
    "http://evil.example",
    "http://127.0.0.1:4770.evil.example",
    "127.0.0.1:4770",
    "chrome-extension://abcdef",
  ])("may not be %j", (origin) => {
    expect(from(["Origin", origin])).toBe("origin_refused");
  });

  test.each(["cross-site", "same-site", "", "same-origin, cross-site"])(
    "may not be %j by Sec-Fetch-Site",
    (site) => {
      expect(from(["Sec-Fetch-Site", site])).toBe("origin_refused");
    },
  );

  test("may be nobody's: an address that was typed", () => {
    expect(from(["Sec-Fetch-Site", "none"])).toBe("let in");
  });

  const opened = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
  };
  const open = (
    target: string,
    { method = "GET", ...headers }: Readonly<Record<string, string>> = {},
  ): string =>
    judge(
      target,
      Object.entries({ Host: "127.0.0.1:4770", ...opened, ...headers }) as [string, string][],
      method,
    );

  test.each(["/", "/runs/run_1", "/tasks?x=/api/"])("may be any if a window goes to %s", (path) => {
    expect(open(path)).toBe("let in");
  });

  test.each([
    ["/api/health", {}],
    ["/api/session", {}],
    ["/%61pi/health", {}],
    ["/x/../api/health", {}],
    ["//api/health", {}],
    ["/API/health", {}],
    ["/", { method: "POST" }],
    ["/", { method: "HEAD" }],
    ["/", { "Sec-Fetch-Mode": "no-cors" }],
    ["/", { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" }],
    ["/", { "Sec-Fetch-Dest": "iframe" }],
    ["/", { "Sec-Fetch-Dest": "object" }],
    ["/", { "Sec-Fetch-Dest": "" }],
    ["/", { "sec-fetch-dest": "script" }],
    ["/", { Origin: "null" }],
    ["/", { Origin: "http://evil.example" }],
  ] as [string, Record<string, string>][])("may not be any for %s with %j", (path, headers) => {
    expect(open(path, headers)).toBe("origin_refused");
  });

  test("is judged by every header that names it", () => {
    const own: [string, string] = ["Origin", "http://127.0.0.1:4770"];
    expect(from(own, ["Origin", "http://evil.example"])).toBe("origin_refused");
  });

  test("is judged before the token, as Host is before it", () => {
    expect(
      judge("/api/status", [
        ["Host", "127.0.0.1:4770"],
        ["Origin", "null"],
      ]),
    ).toBe("origin_refused");
    expect(
      judge("/api/status", [
        ["Host", "evil"],
        ["Origin", "null"],
      ]),
    ).toBe("host_refused");
  });
});

describe("the token", () => {
  const ask = (target: string, authorization?: string, method = "GET"): string =>
    judge(
      target,
      [["Host", "127.0.0.1:4770"], ...(authorization === undefined ? [] : [auth(authorization)])],
      method,
    );
  const auth = (value: string): [string, string] => ["Authorization", value];

  test.each(["Bearer right", "bearer right", "Bearer   right"])("%j opens", (value) => {
    expect(ask("/api/status", value)).toBe("let in");
  });

  test.each([
    "",
    "right",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    "Bearer righ",
    "Bearer right1",
    "Bearer right right",
    "Bearer right,right",
    "Basic right",
    `Bearer ${"right".repeat(200_000)}`,
  ])("%.40j does not", (value) => {
    expect(ask("/api/status", value)).toBe("unauthorized");
  });

  test("must be sent once", () => {
    const headers = [["Host", "127.0.0.1:4770"], auth("Bearer right"), auth("Bearer right")];
    expect(judge("/api/status", headers as [string, string][])).toBe("unauthorized");
  });

  test.each([
    ["GET", "/api/health"],
    ["HEAD", "/api/health"],
    ["GET", "/api/health?nonce=1"],
    ["POST", "/api/session"],
    ["GET", "/"],
    ["GET", "/favicon.ico"],
    ["GET", "/assets/app-1.js?v=2"],
    ["GET", "/apiary"],
  ])("is not asked for by %s %s", (method, target) => {
    expect(ask(target, undefined, method)).toBe("let in");
  });

  test.each([
    ["GET", "/api"],
    ["GET", "/api/"],
    ["GET", "/api/nope"],
    ["GET", "/api?x"],
    ["GET", "/API/status"],
    ["GET", "/%61pi/status"],
    ["GET", "/x/%2e%2e/api/status"],
    ["GET", "//api/status"],
    ["GET", "/./api/status"],
    ["GET", "/x/../api/status"],
    ["GET", "\\api\\status"],
    ["GET", "/api;/status"],
    ["GET", "/api#/status"],
    ["GET", "http://127.0.0.1:4770/api/status"],
    ["GET", "http://127.0.0.1:4770?/api/status"],
    ["OPTIONS", "*"],
    ["POST", "/api/health"],
    ["OPTIONS", "/api/health"],
    ["GET", "/api/session"],
    ["GET", "/api/health/"],
    ["GET", "/api/health%3Fx"],
    ["GET", ""],
  ])("is asked for by %s %s", (method, target) => {
    expect(ask(target, undefined, method)).toBe("unauthorized");
  });

  test("is asked for however an API path is spelled", () => {
    const spelled = fc.array(fc.boolean(), { minLength: 11, maxLength: 11 }).map((coded) =>
      "/api/status"
        .split("")
        .map((char, at) => (coded[at] ? hex(char) : char))
        .join(""),
    );
    fc.assert(
      fc.property(spelled, (path) => {
        expect(ask(path.replace(/^%2f/, "/"))).toBe("unauthorized");
      }),
    );
  });
});

function hex(char: string): string {
  return `%${char.charCodeAt(0).toString(16)}`;
}
