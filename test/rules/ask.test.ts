import { expect, test } from "vitest";
import { findAsks } from "../../daemon/rules/ask.ts";
import type { Register } from "../../daemon/rules/register.ts";

function textsOf(sentence: string, register: Register = "correspondence"): string[] {
  return findAsks(sentence, register).map(({ text }) => text);
}

test.each([
  ["Please send me the travel figures by Friday.", "Send me the travel figures by Friday"],
  ["Could you also check with Facilities?", "Check with Facilities"],
  ["Hi, can someone renew the certificate, please?", "Renew the certificate"],
  ["We would ask you to return them at any branch.", "Return them at any branch"],
  ["I need you to sign page 2.", "Sign page 2"],
  ["It would be great if you could pick up Rosa.", "Pick up Rosa"],
  ["I'd also need a copy of the certificate.", "A copy of the certificate"],
  ["Don't forget the bins tonight, it's your week.", "Don't forget the bins tonight"],
  ["I'll send you the list on Monday.", "Send you the list on Monday"],
  ["I'm going to ask our designer, so that it does not happen again.", "Ask our designer"],
  ["I promised to return the projector.", "Return the projector"],
  ["Note to self: buy putty.", "Buy putty"],
  ["Need to order more ink.", "Order more ink"],
  [
    "Add your favourites to the list before the 10th.",
    "Add your favourites to the list before the 10th",
  ],
  ["Today I will look into the flaky test.", "Look into the flaky test Today"],
  ["We need it by Tuesday evening, can you take that over?", "Take that over by Tuesday evening"],
])("%j asks for %j", (sentence, text) => {
  expect(textsOf(sentence)).toEqual([text]);
});

test("a sentence may ask for several things, some of them for the speaker", () => {
  const sentence =
    "I'll book the caterer, and I will forward you the plan; please send me the number.";
  expect(findAsks(sentence, "correspondence")).toMatchObject([
    { text: "Book the caterer", isOwn: true },
    { text: "Forward you the plan", isOwn: true },
    { text: "Send me the number", isOwn: false },
  ]);
});

test.each([
  "Please find the invoice attached.",
  "Please do not reply to this email.",
  "Please note that the office is closed by Friday.",
  "Please call my colleague if something is urgent.",
  "If you have any questions, please write to us.",
  "Can you hear me?",
  "Can you give me 5 min?",
  "How can you send such a letter?",
  "As soon as you can send it, we start.",
  "I'll be honest, it was not great.",
  "I'll let you know.",
  "I have to admit that it works.",
  'He said "please call the office today" and left.',
  "Thank you for your letter.",
  "We will put up a notice.",
  "She'll send the draft.",
])("%j asks for nothing", (sentence) => {
  expect(textsOf(sentence)).toEqual([]);
});

test("a text for anyone needs a date to ask for something; a personal text asks for duties", () => {
  expect(textsOf("Please open an issue before you send a patch.", "other")).toEqual([]);
  expect(textsOf("Please pay 250.20 by 27 November 2026.", "other")).toEqual([
    "Pay 250.20 by 27 November 2026",
  ]);
  expect(textsOf("The deposit is to be paid by 30 November 2026.", "other")).toEqual([
    "The deposit is to be paid by 30 November 2026",
  ]);
  expect(textsOf("Workers must be idempotent.", "other")).toEqual([]);
  expect(textsOf("I really must fix that pane.", "other")).toEqual([]);
  expect(textsOf("I really must fix that pane.", "personal")).toEqual(["Fix that pane"]);
  expect(textsOf("Must ring Harold about the potatoes.", "personal")).toEqual([
    "Ring Harold about the potatoes",
  ]);
});

test("a request with a condition counts only with a date", () => {
  const text = "If you live in flat 3, please let us know";
  expect(textsOf(`${text}.`)).toEqual([]);
  expect(textsOf(`${text} by Friday.`)).toEqual(["Let us know by Friday"]);
});
