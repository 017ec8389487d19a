import { expect, test } from "vitest";
import { isPromptCut } from "../../daemon/agent/model/cut-prompt.ts";
import type { Message, ModelReply } from "../../daemon/agent/model/model.ts";
import { estimateTokens, rangeOfRequest } from "../../daemon/agent/tokens.ts";
import { afterReply, modelRequest } from "../helper/model-request.ts";

const RULES = "You keep a person's notes, tasks and projects up to date. ".repeat(60);
const request = modelRequest({
  messages: [
    { role: "system", content: RULES },
    {
      role: "user",
      content: "The meeting moved to Thursday, and Ann sends the budget. ".repeat(300),
    },
  ],
});
/** What o200k makes of it: English is 0.19 tokens a character. */
const REAL = Math.round(
  request.messages.map((message) => (message.role === "user" ? message.content : RULES)).join("")
    .length * 0.2,
);

const said = (input_tokens: number, answer: string): Message[] =>
  afterReply(request, {
    text: answer,
    tool_calls: [],
    stop: "calls",
    usage: { input_tokens, cached_input_tokens: 0, output_tokens: 20 },
    cost_usd: null,
    replay: {},
  } satisfies ModelReply);

test.each([
  ["all that was sent", REAL, false],
  ["more than anybody thought", REAL * 3, false],
  ["as much as the smallest common window", 2_048, true],
  ["half of it", Math.round(REAL / 2), true],
  ["only what was not cached: all but what every job begins with", REAL - 700, false],
  ["what is no count of tokens", 1, false],
])("a server that reports %s", (_, reported, isCut) => {
  expect(isPromptCut(request, reported, {})).toBe(isCut);
});

test("in a script with tenfold differences between tokenizers, a low count is not taken for a cut", () => {
  const georgian = modelRequest({
    messages: [{ role: "user", content: "ყველა ადამიანი იბადება თავისუფალი. ".repeat(200) }],
  });
  const range = rangeOfRequest(georgian);
  expect(isPromptCut(georgian, Math.ceil(range.least), {})).toBe(false);
  expect(estimateTokens(range, {})).toBeGreaterThan(range.least * 8);
});

test("a prompt that shrinks while the conversation grows was cut; one that grows was not", () => {
  const messages = said(REAL + 600, "I have read it.");
  const next = { ...request, messages };
  expect(isPromptCut(next, REAL + 620, {})).toBe(false);
  expect(isPromptCut(next, REAL, {})).toBe(true);
});

test("a server that counts only the new part since the last reply is not taken for one that cuts", () => {
  const messages = said(REAL, "A long answer, word for word. ".repeat(200));
  const added = rangeOfRequest({ messages: messages.slice(2), tools: [] });
  const next = { ...request, messages };
  expect(isPromptCut(next, Math.round(added.least), {})).toBe(false);
});
