import { expect, test } from "vitest";
import type { Message, ModelReply } from "../../daemon/agent/model/model.ts";
import {
  calibrate,
  type Calibration,
  estimateTokens,
  rangeOfRequest,
  rangeOfText,
} from "../../daemon/agent/tokens.ts";
import { modelRequest } from "../helper/model-request.ts";

// Texts, and the fewest and the most tokens that o200k, cl100k, Llama 3 and Mistral make of them.
const COUNTED: readonly [kind: string, text: string, fewest: number, most: number][] = [
  [
    "English",
    "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.",
    33,
    34,
  ],
  [
    "German",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
    38,
    49,
  ],
  [
    "Russian",
    "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",
    41,
    74,
  ],
  [
    "Greek",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση.",
    46,
    128,
  ],
  [
    "Arabic",
    "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميراً وعليهم أن يعامل بعضهم بعضاً بروح الإخاء.",
    43,
    109,
  ],
  ["Hindi", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।", 25, 94],
  [
    "Tamil",
    "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும், உரிமைகளிலும் சமமானவர்கள்.",
    34,
    137,
  ],
  ["Thai", "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ", 28, 65],
  [
    "Georgian",
    "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით.",
    21,
    144,
  ],
  [
    "Armenian",
    "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։",
    22,
    150,
  ],
  [
    "Japanese",
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    27,
    47,
  ],
  [
    "Chinese",
    "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。",
    37,
    52,
  ],
  ["Korean", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.", 24, 42],
  [
    "Vietnamese",
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.",
    21,
    56,
  ],
  ["Amharic", "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።", 79, 104],
  ["emoji", "😀🎉🚀✨🌈📎✅", 11, 18],
  ["numbers", "2026-12-01; 1,234.56 EUR; 0049 89 123456", 23, 39],
  ["JSON", '{"title":"Send the budget","due_date":"2026-12-01","tags":[]}', 20, 26],
];

test.each(COUNTED)("the estimate of %s text is not too low", (_, text, fewest, most) => {
  const range = rangeOfText(text);
  expect(estimateTokens(range, {})).toBeGreaterThanOrEqual(most);
  expect(range.least).toBeLessThanOrEqual(fewest);
});

test("the estimate of English is not much too high", () => {
  const [, text = "", , most = 0] = COUNTED[0] ?? [];
  expect(estimateTokens(rangeOfText(text), {})).toBeLessThan(most * 1.5);
});

test("runs of one character are few tokens, and an empty text has no tokens", () => {
  expect(estimateTokens(rangeOfText("-".repeat(4_000)), {})).toBeLessThan(1_100);
  expect(rangeOfText("")).toEqual({ most: {}, least: 0 });
});

test("a request is its messages, calls and tools; thoughts that are replayed may or may not count", () => {
  const empty: ModelReply = {
    text: "",
    tool_calls: [],
    stop: "calls",
    usage: null,
    cost_usd: null,
    replay: {},
  };
  const request = modelRequest();
  const tokensOf = (messages: readonly Message[], tools = request.tools) => {
    const range = rangeOfRequest({ messages, tools });
    return { most: estimateTokens(range, {}), least: range.least };
  };
  const plain = tokensOf(request.messages);
  expect(tokensOf(request.messages, []).most).toBeLessThan(plain.most);
  const call = {
    id: "a",
    name: "create_note",
    arguments: { body: "Paint the fence. ".repeat(50) },
  };
  const called = tokensOf([
    ...request.messages,
    { role: "assistant", reply: { ...empty, tool_calls: [{ ...call, argument_error: null }] } },
    { role: "tool", tool_call_id: "a", name: "create_note", content: "ok" },
  ]);
  expect(called.most).toBeGreaterThan(plain.most + 150);
  expect(called.least).toBeGreaterThan(plain.least + 100);
  const thought = tokensOf([
    ...request.messages,
    { role: "assistant", reply: { ...empty, text: "A", replay: { reasoning: "hm ".repeat(99) } } },
  ]);
  expect(thought.most).toBeGreaterThan(plain.most + 90);
  expect(thought.least).toBeLessThan(plain.least + 3);
});

test("reported tokens correct the estimate, from above and from below", () => {
  const text = "The meeting moved to Thursday, and Ann sends the budget. ".repeat(40);
  const range = rangeOfText(text);
  for (const part of [0.75, 1.4]) {
    const reported = Math.round(estimateTokens(range, {}) * part);
    let known: Calibration = {};
    for (let count = 0; count < 20; count += 1) known = calibrate(known, range, reported);
    const estimate = estimateTokens(range, known);
    expect(estimate).toBeGreaterThanOrEqual(reported);
    expect(estimate).toBeLessThan(reported * 1.02);
  }
});

test("a report about one script does not change another, and one odd report changes little", () => {
  const georgian = rangeOfText("ყველა ადამიანი ".repeat(100));
  const english = rangeOfText("All human beings ".repeat(100));
  const known = calibrate({}, georgian, 300);
  expect(estimateTokens(english, known)).toBe(estimateTokens(english, {}));
  expect(estimateTokens(georgian, known)).toBeGreaterThan(estimateTokens(georgian, {}) * 0.6);
  expect(
    calibrate(known, rangeOfText("All human beings are born free and equal ყველა ".repeat(100)), 1),
  ).toEqual(known);
});

test("encrypted thoughts count as the tokens that the endpoint counted, not as their length", () => {
  const encrypted_content = "gAAAA".repeat(2_000);
  const thought = { type: "reasoning", id: "rs_1", summary: [], encrypted_content };
  const text = "A plan.";
  const said = { type: "message", content: [{ type: "output_text", text }] };
  const estimate = (output: object[] | null, reasoning_tokens?: number): number => {
    const reply: ModelReply = {
      text,
      tool_calls: [],
      stop: "final",
      usage: {
        input_tokens: 1,
        cached_input_tokens: 0,
        output_tokens: 1,
        ...(reasoning_tokens !== undefined && { reasoning_tokens }),
      },
      cost_usd: null,
      replay: output === null ? {} : { output, output_of: "m" },
    };
    return estimateTokens(
      rangeOfRequest(modelRequest({ messages: [{ role: "assistant", reply }] })),
      {},
    );
  };
  const plain = estimate(null);
  expect(estimate([thought, said], 50)).toBe(plain + 50);
  expect(estimate([said])).toBeLessThan(plain + 5);
  expect(estimate([thought, said])).toBeGreaterThan(plain + 1_000);
});
