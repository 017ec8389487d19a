import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { redact, restore } from "../../daemon/config/redact.ts";

const KEY = "abcdefghij0123456789";
const LETTERS = "abcdefghijklmnopqrst";

/** A config with these lines in its section `model`. */
const model = (lines: string): string =>
  `version: 1\nmodel:\n  provider: openai\n  ${lines.replaceAll("\n", "\n  ")}\nagents: []\n`;

test.each([
  ["a password with an apostrophe", "base_url: https://user:pa'ss-secret@host/v1", "ss-secret"],
  ["a password with a quote", `base_url: 'https://user:pa"ss-secret@host/v1'`, "ss-secret"],
  ["a password with a space", "base_url: https://user:pa ss-secret@host/v1", "ss-secret"],
  ["a password with an @", "base_url: https://user:pass@secret@host/v1", "secret"],
  ["a password behind one slash", "base_url: https:/user:pass-secret@host/v1", "pass-secret"],
  ["a password behind no slash", "base_url: https:user:pass-secret@host/v1", "pass-secret"],
  [
    "a password behind backslashes",
    String.raw`base_url: https:\\user:pass-secret@host/v1`,
    "pass-secret",
  ],
  [
    "a password behind an escape",
    String.raw`base_url: "https:\x2f/user:pass-secret@host"`,
    "pass-secret",
  ],
  ["a password before a variable", "base_url: https://user:pass-secret@${HOST}/v1", "pass-secret"],
  ["a short password", "base_url: https://u:pw7@host/v1", "pw7"],
  ["a short password after a variable", "base_url: https://${USER}:pw7x@host/v1", "pw7x"],
  ["a commented header", `# headers: { Authorization: Bearer ${KEY} }`, KEY],
  [
    "commented headers on lines",
    `# headers:\n#   X-Api-Key: ${KEY}\n#   X-Other: ${LETTERS}`,
    LETTERS,
  ],
  ["a commented key in a block", `# api_key: >-\n#   ${LETTERS}`, LETTERS],
  ["a commented key on the next line", `# api_key:\n#   ${LETTERS}`, LETTERS],
  ["a commented key with a hyphen", `# api-key: ${LETTERS}`, LETTERS],
  ["a commented key without a line", "# api_key: k7", "k7"],
  ["a commented key with a comment sign", `# api_key: "abc#${KEY}"`, KEY],
  ["a commented key with an apostrophe", `# api_key: abc'${KEY}`, KEY],
  ["a commented token", `# the token: ${LETTERS}`, LETTERS],
  ["a key that was noted", `api_key: \${X} # old: ${LETTERS}`, LETTERS],
  ["a key in a comment of its own", `api_key: \${X}\n# ${KEY}`, KEY],
  ["a key on two lines", `api_key: ${LETTERS}\n  ${KEY}\n# ${KEY}`, KEY],
])("%s is hidden and comes back", (_, lines, secret) => {
  const text = model(lines);
  const shown = redact(text);
  expect(shown?.text).not.toContain(secret);
  expect(shown?.text).toContain("(hidden 1)");
  expect(restore(shown?.text ?? "", shown?.hidden ?? [])).toEqual({ text, misplaced: undefined });
});

test("a copy of a key that is a block is hidden", () => {
  const shown = redact(model(`api_key: >-\n  ${LETTERS}\n# ${LETTERS}`));
  expect(shown?.text).not.toContain(LETTERS);
});

test.each([
  ["a variable", "# api_key: ${LITELLM_API_KEY}"],
  ["a name in an address that is a variable", "base_url: https://${USER}:${PASSWORD}@host/v1"],
  ["an @ in the path", "base_url: https://host/v1/@user:pass"],
  [
    "a commented setting",
    "# name: gpt-4.1-2026-01-01-preview\n# base_url: http://127.0.0.1:11434/v1",
  ],
  ["prose", "# Note: the OpenAI-compatible endpoint listens on http://127.0.0.1:8080/v1."],
])("%s is shown", (_, lines) => {
  expect(redact(model(lines))).toEqual({ text: model(lines), hidden: [] });
});

test("nothing of the config that a new home gets is hidden", () => {
  const starter = readFileSync(new URL("../../config/starter.yaml", import.meta.url), "utf8");
  expect(redact(starter)?.hidden).toEqual([]);
});
