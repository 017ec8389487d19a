import { expect, test } from "vitest";
import { inboxAgent, starterConfig } from "../../daemon/config/starter.ts";
import { parse } from "../helper/config.ts";

test.each([
  ["a plain one", "/home/ada/Agent Runner Inbox"],
  ["one with everything in it", `/a: "b" 'c' #d $& {e}\n\u2028é\\f`],
])("the starter config watches an inbox, %s, and has no problems", (_, inbox) => {
  const { agents, model, problems } = parse(starterConfig(inboxAgent(inbox)));
  expect(agents).toMatchObject([{ id: "inbox", name: "Inbox", directories: [{ path: inbox }] }]);
  expect([model.provider, problems]).toEqual(["rules", []]);
});

test("what the starter config shows in comments is right once it is uncommented", () => {
  const lines = starterConfig(inboxAgent("/inbox")).split("\n");
  const uncommented = lines.map((line) => line.replace(/^( +)# (?=- | {2}|[a-z]+:)/, "$1"));
  const { agents } = parse(uncommented.join("\n"));
  expect(agents).toMatchObject([
    { id: "inbox", schedule: "0 9 * * 1-5", instructions: expect.stringContaining("Alex") },
    { id: "invoices", model: { provider: "openai" } },
  ]);
  expect(agents[0]?.directories).toHaveLength(2);

  const models = lines.join("\n").matchAll(/^# model:\n(?:# .*\n)+/gm);
  const providers = [...models].map(([block]) => {
    const { model } = parse(block.replaceAll(/^# /gm, "").replaceAll(/^[A-Z].*\n/gm, ""), {
      LITELLM_API_KEY: "k",
    });
    return [model.provider, new URL(model.base_url).host, model.api_key];
  });
  expect(providers).toEqual([
    ["openai", "127.0.0.1:11434", null],
    ["openai", "api.openai.com", null],
    ["openai", "litellm.example.com", "k"],
  ]);
});
