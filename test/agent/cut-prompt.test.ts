import { expect, test } from "vitest";
import fc from "fast-check";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import { judgeCount, learnCount, NOTHING_COUNTED } from "../../daemon/agent/model/cut-prompt.ts";
import type { Message, ModelReply, ModelRequest } from "../../daemon/agent/model/model.ts";
import {
  calibrate,
  type Calibration,
  estimateTokens,
  rangeOfRequest,
} from "../../daemon/agent/tokens.ts";
import { afterReply, modelRequest } from "../helper/model-request.ts";
import { MODELS, reply, startScriptedServer } from "../helper/scripted-server.ts";

function isPromptCut(
  asked: Pick<ModelRequest, "messages" | "tools">,
  input_tokens: number,
  calibration: Calibration,
): boolean {
  const learned = { calibration, counted: NOTHING_COUNTED };
  return judgeCount(asked, { input_tokens, output_tokens: 20 }, learned) === "cut";
}

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

test("a prompt without the thoughts of earlier replies is no cut: another API or a template leaves them out", () => {
  const before = REAL + 2_000;
  const thought = (input_tokens: number, reasoning_tokens: number): ModelReply => ({
    text: "I have read it.",
    tool_calls: [],
    stop: "calls",
    usage: { input_tokens, cached_input_tokens: 0, output_tokens: 20, reasoning_tokens },
    cost_usd: null,
    replay: {},
  });
  const once = { ...request, messages: afterReply(request, thought(REAL, 2_000)) };
  const next = { ...once, messages: afterReply(once, thought(before, 0)) };
  expect(isPromptCut(next, REAL + 20, {})).toBe(false);
  expect(isPromptCut(next, REAL - 1_000, {})).toBe(true);
});

test("what may be the part that was not cached is a cut where the same endpoint counted whole prompts", () => {
  const { least } = rangeOfRequest(request);
  const part = { input_tokens: Math.round(least * 0.88), output_tokens: 20 };
  let counted = NOTHING_COUNTED;
  const verdicts = [];
  for (const input_tokens of [REAL, REAL, part.input_tokens]) {
    const usage = { input_tokens, output_tokens: 20 };
    const verdict = judgeCount(request, usage, { calibration: {}, counted });
    counted = learnCount(request, input_tokens, verdict, counted);
    verdicts.push(verdict);
  }
  expect(verdicts).toEqual(["whole", "whole", "cut"]);
  expect(judgeCount(request, part, { calibration: {}, counted: NOTHING_COUNTED })).toBe("unknown");
  // Once it counted so, it may count so again.
  counted = learnCount(request, part.input_tokens, "unknown", counted);
  expect(judgeCount(request, part, { calibration: {}, counted })).toBe("unknown");
});

test("a count at a window below all that was counted of such texts is a cut, and no other low count is", () => {
  const numbers = modelRequest({
    messages: [{ role: "user", content: "2026-12-01;1,234.56;EUR;0049 89 123456\n".repeat(600) }],
  });
  const { least, most } = rangeOfRequest(numbers);
  const real = Math.round((most.latin ?? 0) * 0.7);
  expect(least * 1.1).toBeLessThan(8_192);
  expect(real).toBeGreaterThan(10_000);
  const judge = (input_tokens: number, counted = NOTHING_COUNTED) =>
    judgeCount(numbers, { input_tokens, output_tokens: 20 }, { calibration: {}, counted });
  expect([judge(8_192), judge(8_300)]).toEqual(["unknown", "whole"]);
  const counted = learnCount(numbers, real, "whole", NOTHING_COUNTED);
  expect([8_192, 8_300, real].map((count) => judge(count, counted))).toEqual([
    "cut",
    "whole",
    "whole",
  ]);
});

test("a prompt that stays at a window while the conversation grows was cut", () => {
  const window = 8_192;
  const messages = [
    ...said(window, "I have read it. ".repeat(100)),
    { role: "tool" as const, tool_call_id: "a", name: "search", content: "A. ".repeat(200) },
  ];
  const next = { ...request, messages };
  expect(isPromptCut(next, window, {})).toBe(true);
  expect(isPromptCut(next, window + 900, {})).toBe(false);
});

test("a server that counts only the new part since the last reply is not taken for one that cuts", () => {
  const messages = said(REAL, "A long answer, word for word. ".repeat(200));
  const added = rangeOfRequest({ messages: messages.slice(2), tools: [] });
  const next = { ...request, messages };
  expect(isPromptCut(next, Math.round(added.least), {})).toBe(false);
});

// Each makes tokens in its own proportion: a table of numbers has many in few words.
const TEXTS = [
  "The meeting moved to Thursday, and Ann sends the budget. ",
  "Alle Menschen sind frei und gleich an Würde und Rechten geboren. ",
  "2026-12-01;1,234.56;EUR;0049 89 123456\n",
  "Все люди рождаются свободными и равными в своем достоинстве. ",
  "ყველა ადამიანი იბადება თავისუფალი. ",
  "すべての人間は、生まれながらにして自由であり。",
];

test("a server that counts honestly is never accused, whatever its tokenizer makes of a character", () => {
  const document = fc.record({
    parts: fc.array(fc.nat(TEXTS.length - 1), { minLength: 1, maxLength: 3 }),
    times: fc.integer({ min: 1, max: 900 }),
  });
  const server = fc.record({
    documents: fc.array(document, { minLength: 1, maxLength: 6 }),
    factor: fc.double({ min: 0.1, max: 1.5, noNaN: true }),
    // The count that one of the documents has: one that looks like a window, as often as not.
    coincidence: fc.option(
      fc.record({
        at: fc.nat(5),
        count: fc.constantFrom(2_048, 4_096, 6_144, 8_192, 16_384, 8_000, 4_090, 8_170),
      }),
      { freq: 1 },
    ),
  });
  let judged = 0;
  fc.assert(
    fc.property(server, ({ factor, documents, coincidence }) => {
      const requests = documents.map(({ parts, times }) => {
        const content = parts.map((part) => (TEXTS[part] ?? "").repeat(times)).join("\n");
        const messages = [...request.messages.slice(0, 1), { role: "user" as const, content }];
        return { ...request, messages };
      });
      const tokensOf = (asked: typeof request) => estimateTokens(rangeOfRequest(asked), {});
      const met = requests[coincidence?.at ?? 0];
      const own = coincidence && met ? coincidence.count / tokensOf(met) : factor;
      let learned = { calibration: {} as Calibration, counted: NOTHING_COUNTED };
      for (const asked of requests) {
        const range = rangeOfRequest(asked);
        const count = Math.round(tokensOf(asked) * own);
        // No known tokenizer makes fewer of it.
        if (count < range.least * 1.1) continue;
        const verdict = judgeCount(asked, { input_tokens: count, output_tokens: 20 }, learned);
        if (verdict === "cut") throw new Error(`${count} tokens were judged a part.`);
        judged += 1;
        learned = {
          calibration: calibrate(learned.calibration, range, count),
          counted: learnCount(asked, count, verdict, learned.counted),
        };
      }
    }),
    { numRuns: 400 },
  );
  expect(judged).toBeGreaterThan(100);
});

interface Case {
  name: string;
  /** What the server reports of the real number of tokens; null: no usage. */
  report: (real: number) => number | null;
  /** At the first meeting, and after two documents that the same server counted whole. */
  first: string;
  known: string;
}

test.each<Case>([
  { name: "0", report: () => 0, first: "said", known: "said" },
  { name: "40", report: () => 40, first: "said", known: "said" },
  { name: "nothing", report: () => null, first: "said", known: "said" },
  { name: "two thirds", report: (real) => real * 0.66, first: "cut", known: "cut" },
  { name: "half", report: (real) => real / 2, first: "cut", known: "cut" },
  { name: "8,192 of 13,000", report: () => 8_192, first: "cut", known: "cut" },
  { name: "8,190 of 13,000", report: () => 8_190, first: "cut", known: "cut" },
  { name: "90 %", report: (real) => real * 0.9, first: "read", known: "read" },
  { name: "all", report: (real) => real, first: "read", known: "read" },
])(
  "of a server that reports $name of a prompt, what can be judged is judged, and the rest is said",
  async ({ report, first, known }) => {
    // About 13,000 tokens under o200k, with the messages before it.
    const long = modelRequest({
      messages: [
        { role: "system", content: RULES },
        { role: "user", content: TEXTS[0]?.repeat(1_090) ?? "" },
      ],
    });
    const short = modelRequest({
      messages: [
        { role: "system", content: RULES },
        { role: "user", content: TEXTS[0]?.repeat(60) ?? "" },
      ],
    });
    const realOf = ({ messages }: ModelRequest) =>
      Math.round(
        messages.map((one) => (one.role === "assistant" ? "" : one.content)).join("").length * 0.2,
      );
    expect(realOf(long)).toBeGreaterThan(12_500);
    for (const [documents, expected] of [
      [[long], first],
      [[short, short, long], known],
    ] as const) {
      for (const context_tokens of [null, 128_000]) {
        let at = 0;
        const script = () => {
          const asked = documents[at] ?? long;
          at += 1;
          const real = realOf(asked);
          const count = asked === long ? report(real) : real;
          const prompt_tokens = count === null ? 0 : Math.round(count);
          const usage = count === null ? null : { prompt_tokens, completion_tokens: 20 };
          return reply({ content: "Done.", usage });
        };
        const pages = { "/v1/models": MODELS };
        await using server = await startScriptedServer(script, { pages });
        const model = createEndpointModel(server.settings({ context_tokens }));
        const signal = new AbortController().signal;
        let outcome = "";
        for (const asked of documents) {
          await model.ensureRoom(asked, { signal });
          const fault = model.findFault(asked, await model.complete(asked, { signal }));
          outcome = fault?.code ?? (model.is_unverified ? "said" : "read");
        }
        await model.close();
        const isKnown = context_tokens !== null;
        // No request is sent that a known window has no room for.
        const wanted = expected === "said" && isKnown ? "read" : expected;
        expect([context_tokens, outcome.replace("prompt_truncated", "cut")]).toEqual([
          context_tokens,
          wanted,
        ]);
      }
    }
  },
);
