import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { resolveModel } from "../../daemon/config/resolve-model.ts";
import type { WrittenModel } from "../../daemon/config/resolve-model.ts";
import type { ModelSettings } from "../../daemon/protocol/agent.ts";
import { parse } from "../helper/config.ts";

const DEFAULT_URL = "https://api.openai.com/v1";

const baseUrl = fc.oneof(
  fc.constantFrom(
    DEFAULT_URL,
    "https://api.openai.com/v2",
    "http://api.openai.com/v1",
    "https://api.openai.com:8443/v1",
    "https://api.openai.com@evil.example/v1",
    "https://api.openai.com.evil.example/v1",
    "https://litellm.example/v1",
    "https://litellm.example:443/v2",
    "http://litellm.example/v1",
    "http://127.0.0.1:4000/v1",
    "http://localhost:4000/v1",
  ),
  fc.constantFrom(
    "${URL}",
    "${URL}/v1",
    "https://${HOST}/v1",
    "https://${HOST}.openai.com/v1",
    "https://api.openai.com${HOST}",
    "https://${HOST}@litellm.example/v1",
  ),
);

/** A written model whose key and header can be told from everyone else's. */
function writtenModel(owner: string): fc.Arbitrary<WrittenModel> {
  const key = fc.constantFrom(
    `${owner}-literal-key`,
    `\${${owner}_KEY}`,
    `x-\${${owner}_KEY}`,
    null,
    "",
  );
  const headers = fc.constantFrom(
    {},
    { "X-Key": `${owner}-literal-header` },
    { "X-Key": `Bearer \${${owner}_KEY}` },
  );
  return fc.record(
    { provider: fc.constant("openai" as const), base_url: baseUrl, api_key: key, headers },
    { requiredKeys: [] },
  );
}

const environment = fc.record(
  {
    URL: fc.constantFrom(
      "",
      DEFAULT_URL,
      "https://litellm.example",
      "litellm.example:4000",
      "evil:x",
    ),
    HOST: fc.constantFrom(
      "",
      "api.openai.com",
      "litellm.example",
      "api",
      "evil.example/",
      "evil.example/@",
      ".evil.example/v1",
      "evil.example\\",
    ),
    OPENAI_API_KEY: fc.constantFrom("", "DEFAULT-env-key"),
    SECTION_KEY: fc.constantFrom("", "SECTION-env-key"),
    OWN_KEY: fc.constantFrom("", "OWN-env-key"),
  },
  { requiredKeys: [] },
);

/** Where a request to an address goes, by the parser that `fetch` uses; variables filled by hand. */
function originOf(written: string, env: Record<string, string>): string | undefined {
  let unset = false;
  const filled = written.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    unset ||= !env[name];
    return env[name] ?? "";
  });
  const url = unset ? null : URL.parse(filled);
  return url?.protocol.startsWith("http") ? url.origin : undefined;
}

type Resolve = (
  section: WrittenModel,
  own: WrittenModel | null,
  env: Record<string, string>,
) => { model: ModelSettings; ready: boolean };

const direct: Resolve = (section, own, env) => {
  const { model, faults } = resolveModel({ provider: "openai", ...section }, own ?? {}, env);
  return { model, ready: faults.length === 0 };
};

const throughYaml: Resolve = (section, own, env) => {
  const { agents, unready } = parse(
    stringify({
      model: { provider: "openai", ...section },
      agents: [{ id: "a", directories: [{ path: "/a" }], model: own }],
    }),
    env,
  );
  return { model: agents[0]!.model, ready: unready.length === 0 };
};

/** Holds the rules against any two models; gives how often each case came up. */
function checkRules(resolve: Resolve, runs: number): Record<string, number> {
  const seen = { inherited: 0, refused: 0, default: 0, own: 0 };
  fc.assert(
    fc.property(
      writtenModel("SECTION"),
      fc.option(writtenModel("OWN")),
      environment,
      (section, own, env) => {
        const { model, ready } = resolve(section, own, env);
        const sent = JSON.stringify([model.api_key, model.headers]);
        const sectionOrigin = originOf(section.base_url ?? DEFAULT_URL, env);
        const origin = originOf(own?.base_url ?? section.base_url ?? DEFAULT_URL, env);

        const has = {
          inherited: sent.includes("SECTION-"),
          refused: origin !== sectionOrigin,
          default: sent.includes("DEFAULT-"),
          own: model.api_key === "OWN-literal-key",
        };
        for (const what of ["inherited", "refused", "default", "own"] as const) {
          seen[what] += Number(has[what]);
        }
        const rules = {
          "an unknown origin is given nothing and waits":
            origin !== undefined || (sent === "[null,{}]" && !ready),
          "the address is the one that was checked":
            origin === undefined || new URL(model.base_url).origin === origin,
          "the default key is for OpenAI alone":
            !has.default || origin === "https://api.openai.com",
          "the section's key stays at its origin": !has.inherited || origin === sectionOrigin,
          "an agent's own key reaches its endpoint":
            own?.api_key !== "OWN-literal-key" || origin === undefined || has.own,
        };
        const broken = Object.entries(rules).filter(([, held]) => !held);
        expect(broken).toEqual([]);
      },
    ),
    { numRuns: runs },
  );
  return seen;
}

test("no key or header goes to an origin it was not written for", () => {
  const seen = checkRules(direct, 3000);
  // Each case came up, or nothing was tested.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});

test("nor does one when the models come from the text of a config", () => {
  expect(checkRules(throughYaml, 150)["inherited"]).toBeGreaterThan(0);
});
