import { expect, test } from "vitest";
import { resolveModel, withoutSecrets } from "../../daemon/config/resolve-model.ts";
import type { WrittenModel } from "../../daemon/config/resolve-model.ts";

const OPENAI = "https://api.openai.com/v1";
const PROXY = "https://litellm.example/v1";
const LOCAL = "http://127.0.0.1:11434/v1";
const ENV = { OPENAI_API_KEY: "sk-default", PROXY_KEY: "sk-proxy", EMPTY: "" };

/** The key and the headers that are sent, and the codes of what is wrong. */
function sent(section: WrittenModel, own: WrittenModel = {}, env: Record<string, string> = ENV) {
  const { model, faults } = resolveModel({ provider: "openai", ...section }, own, env);
  return { key: model.api_key, headers: model.headers, faults: faults.map(({ code }) => code) };
}

const DEFAULT_KEY: [what: string, section: WrittenModel, own: WrittenModel, key: string | null][] =
  [
    ["no address", {}, {}, "sk-default"],
    ["OpenAI's address", { base_url: OPENAI }, {}, "sk-default"],
    [
      "OpenAI's address in capitals",
      { base_url: "HTTPS://API.OPENAI.COM:443/v1" },
      {},
      "sk-default",
    ],
    ["an agent at OpenAI below a proxy", { base_url: PROXY }, { base_url: OPENAI }, "sk-default"],
    ["a proxy", { base_url: PROXY }, {}, null],
    ["an agent at a proxy", {}, { base_url: PROXY }, null],
    ["this machine", { base_url: LOCAL }, {}, null],
    ["OpenAI without TLS", { base_url: "http://api.openai.com/v1" }, {}, null],
    ["OpenAI at another port", { base_url: "https://api.openai.com:8443/v1" }, {}, null],
    ["a host that begins like it", { base_url: "https://api.openai.com.example/v1" }, {}, null],
    ["a host that ends like it", { base_url: "https://not-api.openai.com/v1" }, {}, null],
    ["OpenAI as a user name", { base_url: "https://api.openai.com@evil.example/v1" }, {}, null],
    [
      "OpenAI behind a backslash",
      { base_url: "https://evil.example\\@api.openai.com/v1" },
      {},
      null,
    ],
    ["OpenAI in the path", { base_url: "https://evil.example/api.openai.com/v1" }, {}, null],
    ["an address that is unset", { base_url: "https://api.openai.com/${UNSET}" }, {}, null],
  ];
test.each(DEFAULT_KEY)("the key nobody wrote, at %s", (_, section, own, key) => {
  expect(sent(section, own).key).toBe(key);
});

const INHERITED: [what: string, own: WrittenModel, key: string | null, headers: string[]][] = [
  ["says nothing", {}, "sk-proxy", ["X-Team"]],
  [
    "names the same origin",
    { base_url: "https://litellm.example:443/other" },
    "sk-proxy",
    ["X-Team"],
  ],
  ["names another host", { base_url: "https://evil.example/v1" }, null, []],
  ["names another port", { base_url: "https://litellm.example:8080/v1" }, null, []],
  ["names another scheme", { base_url: "http://litellm.example/v1" }, null, []],
  ["names a host below it", { base_url: "https://a.litellm.example/v1" }, null, []],
  ["names this machine", { base_url: LOCAL }, null, []],
  ["names an address that is unset", { base_url: "${UNSET}" }, null, []],
  ["names an address that is none", { base_url: "litellm.example:443" }, null, []],
  [
    "has headers of its own elsewhere",
    { base_url: LOCAL, headers: { "X-Own": "1" } },
    null,
    ["X-Own"],
  ],
  ["has a key of its own elsewhere", { base_url: LOCAL, api_key: "own" }, "own", []],
  ["has a key of its own", { api_key: "own" }, "own", ["X-Team"]],
  ["wants no key", { api_key: null }, null, ["X-Team"]],
  ["wants no headers", { headers: {} }, "sk-proxy", []],
];
test.each(INHERITED)("of the model section's key, an agent that %s", (_, own, key, headers) => {
  const section = { base_url: PROXY, api_key: "${PROXY_KEY}", headers: { "X-Team": "t" } };
  const found = sent(section, own);
  expect([found.key, Object.keys(found.headers)]).toEqual([key, headers]);
});

test("a section address that is no http address shares its key with no other such address", () => {
  expect(sent({ base_url: "a:1", api_key: "k" }, { base_url: "b:1" }).key).toBeNull();
  expect(sent({ base_url: "${NO}", api_key: "k" }, { base_url: "${NO}" }).key).toBeNull();
});

test("an agent that carries an undefined address stays at the section's, with its key", () => {
  const own: WrittenModel = { base_url: undefined, api_key: undefined };
  const { model } = resolveModel({ provider: "openai", base_url: PROXY, api_key: "k" }, own, ENV);
  expect([model.base_url, model.api_key]).toEqual([PROXY, null]);
});

const FAULTS: [what: string, section: WrittenModel, faults: string[]][] = [
  ["OpenAI with its variable set", {}, []],
  ["no key for a remote address", { base_url: PROXY }, ["key_missing"]],
  ["an empty key for a remote address", { base_url: PROXY, api_key: "" }, ["key_missing"]],
  ["a remote address that is said to need none", { base_url: PROXY, api_key: null }, []],
  ["no key for this machine", { base_url: LOCAL }, []],
  ["no key for a name below localhost", { base_url: "http://ai.localhost:1/v1" }, []],
  ["no key for ::1", { base_url: "http://[::1]:1/v1" }, []],
  ["no key for an IPv4 address in short", { base_url: "http://127.1:1/v1" }, []],
  [
    "no key for a host named like loopback",
    { base_url: "http://127.0.0.1.example/v1" },
    ["key_missing"],
  ],
  [
    "no key for a host that contains localhost",
    { base_url: "http://localhost.example/v1" },
    ["key_missing"],
  ],
  ["an unset key at this machine", { base_url: LOCAL, api_key: "${UNSET}" }, ["variable_unset"]],
  ["an empty variable", { base_url: LOCAL, api_key: "${EMPTY}" }, ["variable_unset"]],
  [
    "an unset key for a remote address",
    { base_url: PROXY, api_key: "${UNSET}" },
    ["variable_unset"],
  ],
  [
    "a name that every object has",
    { base_url: LOCAL, api_key: "${constructor}" },
    ["variable_unset"],
  ],
  [
    "an unset header",
    { base_url: LOCAL, headers: { A: "x ${UNSET}", B: "y" } },
    ["variable_unset"],
  ],
  ["an unset address", { base_url: "http://${UNSET}:4000/v1" }, ["variable_unset"]],
  ["a variable that holds no address", { base_url: "${PROXY_KEY}" }, ["base_url_invalid"]],
  [
    "the built-in rules, whatever else stands there",
    { provider: "rules", base_url: "${UNSET}", api_key: "${UNSET}" },
    [],
  ],
];
test.each(FAULTS)("what is wrong with %s", (_, section, faults) => {
  expect(sent(section).faults).toEqual(faults);
});

test("OpenAI without its variable lacks a key, and the hint names the variable", () => {
  const { model, faults } = resolveModel({ provider: "openai" }, {}, { OPENAI_API_KEY: "" });
  expect(model.api_key).toBeNull();
  expect(faults).toMatchObject([
    { code: "key_missing", hint: expect.stringContaining("OPENAI_API_KEY=…") },
  ]);
});

test("a header with an unset variable is left out, the others are kept", () => {
  const headers = { A: "x ${UNSET}", B: "Bearer ${PROXY_KEY}" };
  expect(sent({ base_url: LOCAL, headers }).headers).toEqual({ B: "Bearer sk-proxy" });
});

test("what a variable holds is not filled again", () => {
  const env = { ...ENV, A: "${PROXY_KEY}" };
  expect(sent({ base_url: LOCAL, api_key: "${A}" }, {}, env).key).toBe("${PROXY_KEY}");
});

test("the built-in rules are given neither key nor headers", () => {
  const section = { provider: "rules", api_key: "${PROXY_KEY}", headers: { A: "b" } } as const;
  expect(resolveModel(section, {}, ENV).model).toMatchObject({ api_key: null, headers: {} });
});

test("price and context are inherited with the model they describe, and with no other", () => {
  const price = { input_usd_per_million: 0, output_usd_per_million: 0 };
  const section: WrittenModel = { base_url: LOCAL, name: "a", price, context_tokens: 8192 };
  const own = (model: WrittenModel) => {
    const { model: resolved } = resolveModel(section, model, ENV);
    return [resolved.price, resolved.context_tokens];
  };
  expect(own({ concurrency: 2 })).toEqual([price, 8192]);
  expect(own({ name: "a" })).toEqual([price, 8192]);
  expect(own({ name: "b" })).toEqual([null, null]);
  expect(own({ base_url: OPENAI })).toEqual([null, null]);
  expect(own({ name: "b", context_tokens: 4096 })).toEqual([null, 4096]);
});

test("every secret is listed, used or not: variables, literal keys, headers and passwords", () => {
  const { secrets } = resolveModel(
    {
      provider: "rules",
      base_url: "https://ada:p%40ss@h.example/v1",
      api_key: "literal-key",
      headers: { A: "Bearer ${PROXY_KEY}", B: "Bearer token-in-text", C: "true", D: "${UNSET}" },
    },
    {},
    ENV,
  );
  expect(secrets).toEqual(
    expect.arrayContaining(["p@ss", "p%40ss", "literal-key", "sk-proxy", "token-in-text"]),
  );
  expect(resolveModel({ api_key: "" }, {}, {}).secrets).toEqual([]);
  // Redacting these would only spoil a log.
  expect(secrets).not.toContain("true");
  expect(secrets).not.toContain("Bearer");
  expect(secrets).not.toContain("${UNSET}");
});

test("a model is shown without what is secret in it", () => {
  const { model } = resolveModel(
    {
      provider: "openai",
      base_url: "https://ada:pass@h.example/v1",
      api_key: "sk-1",
      headers: { A: "b" },
    },
    {},
    {},
  );
  expect(withoutSecrets(model)).toMatchObject({
    name: "gpt-4.1",
    base_url: "https://(hidden)@h.example/v1",
    api_key: "(hidden)",
    headers: { A: "(hidden)" },
  });
  expect(withoutSecrets({ ...model, api_key: null }).api_key).toBeNull();
});
