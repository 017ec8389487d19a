import { expect, test } from "vitest";
import { withModel } from "../../daemon/config/edit.ts";
import { inboxAgent, starterConfig } from "../../daemon/config/starter.ts";
import { parse } from "../helper/config.ts";

const OLLAMA = { base_url: "http://127.0.0.1:11434/v1", name: "qwen3.5:4b" };

test("the starter config takes a model and keeps its comments", () => {
  const text = starterConfig(inboxAgent("/home/ada/inbox"));
  const edited = withModel(text, OLLAMA);
  expect(parse(edited).model).toMatchObject({ provider: "openai", ...OLLAMA, api_key: null });
  // In their columns too: uncommented, they must mean what they meant.
  const others = (of: string): string[] => of.split("\n").filter((line) => !/^ {2}\w/u.test(line));
  expect(others(edited)).toEqual(others(text));
  expect(parse(edited).agents).toMatchObject([{ id: "inbox" }]);
});

test("a config without a model section gets one at its end, and one on a single line stays valid", () => {
  const choice = { base_url: "https://llm.example/v1", name: "big", api_key: "${BIG_KEY}" };
  const edited = withModel("agents: [] # none yet\n\n# The end.", choice);
  expect(edited).toMatch(
    /^agents: \[\] # none yet\n\n# The end\.\nmodel:\n {2}provider: openai\n/u,
  );
  expect(edited).toMatch(/ {2}api_key: \$\{BIG_KEY\}\n$/u);
  expect(parse(withModel("{ version: 1 }", OLLAMA)).model).toMatchObject(OLLAMA);
});

test("what stands around the model stays line for line", () => {
  const text = `# Mine.
version: 1

model:
  # The one I like.
  provider: openai
  name: gpt-4.1 # for now
budget: { usd_per_day: 2 }
agents: []
`;
  expect(withModel(text, { base_url: "https://api.openai.com/v1", name: "gpt-6-luna" })).toBe(
    text.replace(
      "name: gpt-4.1 # for now",
      "name: gpt-6-luna # for now\n  base_url: https://api.openai.com/v1",
    ),
  );
});

test("a key, its headers, a price and a window stay behind with the endpoint and the model they belong to", () => {
  const text = `version: 1
model:
  provider: openai
  base_url: https://llm.example/v1
  name: big
  api_key: sk-secret
  headers: { x-team: a }
  price: { input_usd_per_million: 1, output_usd_per_million: 2 }
  context_tokens: 9000
`;
  const moved = withModel(text, OLLAMA);
  expect(moved).not.toMatch(/sk-secret|x-team|price|context_tokens/u);
  expect(parse(moved).model).toMatchObject({ ...OLLAMA, api_key: null, headers: {} });
  const renamed = withModel(text, { base_url: "https://llm.example/v1", name: "small" });
  expect(renamed).toContain("api_key: sk-secret");
  expect(renamed).not.toMatch(/price|context_tokens/u);
});

test.each(["version: 1\n", "version: 1\nmodel: {}\n", "version: 1\nmodel: { provider: rules }\n"])(
  "a config without much of a model takes one: %j",
  (text) => {
    expect(parse(withModel(text, OLLAMA)).model).toMatchObject(OLLAMA);
  },
);

test("the rules can be taken up again, and the endpoint is still there for later", () => {
  const rules = withModel(withModel("version: 1\n", OLLAMA), "rules");
  expect(parse(rules).model).toMatchObject({ provider: "rules", ...OLLAMA });
});

test("another remote endpoint is not taken, since its key would be missing", () => {
  const other = { base_url: "https://llm.example/v1", name: "m" };
  expect(() => withModel("version: 1\n", other)).toThrow(
    expect.objectContaining({ code: "invalid_request", hint: expect.stringContaining("by hand") }),
  );
});

test.each(["version: 1\nmodle: {}\n", "version: 1\nmodel: [\n"])(
  "a config that is not right is left as it is: %j",
  (text) => {
    expect(() => withModel(text, OLLAMA)).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
  },
);
