import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ConfigFile, openConfigFile } from "../../daemon/config/config-file.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { TOOLS } from "../helper/config.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";

/*
 * Someone who may edit the config through the API, but does not know its keys, tries to have one shown, or sent to
 * another endpoint. `(hidden 1)` is the key of the first agent, `(hidden 2)` that of the second, and so on.
 */
const SECRETS = ["sk-first-0123456789abcdef", "gw-second-key", "third\\n  key", "user:pass-word"];
const TEXT = `version: 1
agents:
  - id: one
    directories: [{ path: /one }]
    model:
      provider: openai
      base_url: https://one.example/v1
      api_key: ${SECRETS[0]}
  - id: two
    directories: [{ path: /two }]
    model:
      provider: openai
      base_url: https://two.example/v1
      api_key: null
      headers: { X-Key: ${SECRETS[1]} }
  - id: three
    directories: [{ path: /three }]
    model:
      provider: openai
      base_url: https://three.example/v1
      api_key: |
        third
        key
  - id: four
    directories: [{ path: /four }]
    model: { provider: openai, api_key: null, base_url: "https://${SECRETS[3]}@four.example/v1" }
  - id: five
    directories: [{ path: /five }]
    model: { provider: openai, api_key: null, base_url: "https://\${HOST}/v1" }
`;
const ENVIRONMENT = { HOME: "/home/ada", HOST: "one.example", USER: "ada" };

let folder: TestFolder;
let file: ConfigFile;
beforeEach(() => {
  folder = testFolder({ "config.yaml": TEXT });
  const paths = { config: folder.file("config.yaml"), secrets: folder.file("secrets.env") };
  file = openConfigFile(paths, ENVIRONMENT, { userHome: "/home/ada", tools: TOOLS });
});
afterEach(() => folder[Symbol.dispose]());

/** Adds lines to the first agent. */
const toFirst = (text: string, lines: string): string =>
  text.replace("    directories: [{ path: /one }]\n", (line) => `${line}${lines}`);

const ATTEMPTS: [string, (text: string) => string][] = [
  [
    "instructions that are an alias of it",
    (text) =>
      text
        .replace("api_key: (hidden 1)", "api_key: &k (hidden 1)")
        .replace("- id: two", "- id: two\n    instructions: *k"),
  ],
  [
    "the name of another agent that is an alias of it",
    (text) =>
      text
        .replace("api_key: (hidden 1)", "api_key: &k (hidden 1)")
        .replace("- id: two", "- id: two\n    name: *k"),
  ],
  [
    "a key that is an alias of instructions",
    (text) =>
      toFirst(text, "    instructions: &k (hidden 1)\n").replace(
        "api_key: (hidden 1)",
        "api_key: *k",
      ),
  ],
  [
    "another agent's key that is an alias of it",
    (text) =>
      text
        .replace("api_key: (hidden 1)", "api_key: &k (hidden 1)")
        .replace("api_key: null", "api_key: *k"),
  ],
  [
    "the instructions of another agent that are an alias of its headers",
    (text) =>
      text
        .replace("headers: { X-Key", "headers: &h { X-Key")
        .replace("- id: three", "- id: three\n    instructions: *h"),
  ],
  [
    "a merge key of YAML 1.1",
    (text) =>
      `%YAML 1.1\n---\n${text
        .replace("model:\n", "model: &m\n")
        .replace(
          "base_url: https://two.example/v1\n      api_key: null",
          "<<: *m\n      base_url: https://evil.example/v1",
        )}`,
  ],
  ["instructions", (text) => toFirst(text, "    instructions: (hidden 1)\n")],
  ["instructions in quotes", (text) => toFirst(text, '    instructions: "say (hidden 2) now"\n')],
  [
    "instructions that look like an address",
    (text) => toFirst(text, '    instructions: "x://(hidden 2)@y"\n'),
  ],
  [
    "instructions that look like a commented key",
    (text) => toFirst(text, '    instructions: "# api_key: (hidden 2)"\n'),
  ],
  [
    "instructions after a comment sign that its lines end",
    (text) => toFirst(text, "    instructions: #(hidden 3)\n"),
  ],
  ["the path of a directory", (text) => text.replace("/one }", "/one/(hidden 1) }")],
  ["a glob", (text) => text.replace("/one }", '/one, include: ["(hidden 1)"] }')],
  ["a schedule", (text) => toFirst(text, "    schedule: (hidden 1)\n")],
  ["a tool", (text) => toFirst(text, "    tools: [(hidden 1)]\n")],
  ["an id", (text) => text.replace("id: one", "id: (hidden 1)")],
  [
    "the name of a model",
    (text) => text.replace("api_key: (hidden 1)", "api_key: (hidden 1)\n      name: (hidden 1)"),
  ],
  ["the name of a header", (text) => text.replace("X-Key: (hidden 2)", "(hidden 2): x")],
  ["an unknown key", (text) => `${text}(hidden 2): x\n`],
  ["a comment", (text) => `# (hidden 2)\n${text}`],
  ["another host", (text) => text.replace("one.example", "evil.example")],
  ["another port", (text) => text.replace("one.example", "one.example:444")],
  ["another scheme", (text) => text.replace("https://one.example", "http://one.example")],
  [
    "the host behind a user name",
    (text) => text.replace("one.example", "one.example@evil.example"),
  ],
  [
    "the agents' endpoints, swapped",
    (text) =>
      text
        .replace("one.example", "x")
        .replace("two.example", "one.example")
        .replace("https://x", "https://two.example"),
  ],
  [
    "the agents' keys, swapped",
    (text) =>
      text.replace("(hidden 1)", "(hidden 2)").replace("X-Key: (hidden 2)", "X-Key: (hidden 1)"),
  ],
  ["another agent's key", (text) => text.replace("api_key: null", "api_key: (hidden 1)")],
  [
    "the model of all agents",
    (text) =>
      `${text}model: { provider: openai, base_url: "https://evil.example/v1", api_key: (hidden 1) }\n`,
  ],
  [
    "the address of an endpoint",
    (text) => text.replace("one.example/v1", "evil.example/v1?k=(hidden 1)"),
  ],
  [
    "a query that looks like a password",
    (text) => text.replace("https://one.example/v1", "https://evil.example?k=(hidden 2)@x"),
  ],
  [
    "a path that looks like a password",
    (text) => text.replace("https://one.example/v1", '"https://evil.example\\x2f(hidden 2)@x"'),
  ],
  [
    "a second address in an address",
    (text) => text.replace("https://one.example/v1", "https://evil.example/://(hidden 2)@x"),
  ],
  [
    "the password of another address",
    (text) => text.replace("https://one.example", "https://(hidden 2)@evil.example"),
  ],
  [
    "another virtual host at the same address",
    (text) => text.replace("X-Key: (hidden 2)", "X-Key: (hidden 2), Host: evil.example"),
  ],
  [
    "a host that a variable ends behind what looks like a user name",
    (text) =>
      text.replace("https://one.example", "https://evil.example:99${HOME}@one.example") +
      "# evil.example:99$%7BHOME%7D evil.example 99$%7BHOME%7D\n",
  ],
  [
    "a host that a variable begins with",
    (text) => text.replace("https://one.example", "https://${USER}.evil.example"),
  ],
  [
    "the same host by a variable, which may change",
    (text) => text.replace("https://one.example", "https://${HOST}"),
  ],
  [
    "the same host behind a user name that is a variable",
    (text) => text.replace("https://one.example", "https://${USER}@one.example"),
  ],
  [
    "an endpoint that a variable names",
    (text) =>
      text.replace(
        'api_key: null, base_url: "https://${HOST}/v1"',
        'api_key: (hidden 1), base_url: "https://${HOST}/v1"',
      ),
  ],
  [
    "a virtual host that is a variable",
    (text) =>
      text.replace(
        "api_key: (hidden 1)",
        "api_key: (hidden 1)\n      headers: { Host: '${HOST}' }",
      ),
  ],
  [
    "another host whose writer repeats what is written elsewhere",
    (text) =>
      `${text.replace("https://(hidden 4)@four.example", "https://(hidden 4)@evil.example")}# user pass-word\n`,
  ],
];

test.each(ATTEMPTS)("a hidden key does not reach %s", (_, attack) => {
  const { text, etag } = file.view();
  const hidden = text ?? "";
  expect(hidden).toContain("api_key: (hidden 1)");
  expect(hidden).not.toMatch(/first|second|third\n|pass-word/);
  const attacked = attack(hidden);
  expect(attacked).not.toBe(hidden);
  let refusal: unknown;
  try {
    file.replace(attacked, etag);
  } catch (error) {
    refusal = error;
  }
  expect(readFileSync(folder.file("config.yaml"), "utf8")).toBe(TEXT);
  expect(refusal).toBeInstanceOf(RunnerError);
  const { code, message, data } = refusal as RunnerError;
  expect(code).toBe("config_invalid");
  const said = message + JSON.stringify([data, file.check(attacked)]);
  for (const secret of ["sk-first", "gw-second", "third key", "pass-word"]) {
    expect(said).not.toContain(secret);
  }
});

function isReplaced(target: ConfigFile, text: string, etag: string): boolean {
  try {
    target.replace(text, etag);
    return true;
  } catch (error) {
    if (error instanceof RunnerError) return false;
    throw error;
  }
}

const SHARED = `version: 1
model:
  provider: openai
  base_url: https://own.example/v1
  api_key: ${SECRETS[0]}
agents:
  - id: one
    directories: [{ path: /one }]
`;

test.each([
  ["sends it to another virtual host", "headers: { Host: evil.example }", false],
  ["sends it along with a header", "headers: { X-Title: notes }", true],
  ["has an endpoint of its own", "base_url: https://evil.example/v1", true],
  ["has the same endpoint", "base_url: https://own.example/v2", true],
  ["has the same endpoint behind a variable", 'base_url: "https://${USER}@own.example"', false],
])("an agent takes the shared key and %s: %s", (_, line, isWritten) => {
  using own = testFolder({ "config.yaml": SHARED });
  const paths = { config: own.file("config.yaml"), secrets: own.file("secrets.env") };
  const shared = openConfigFile(paths, ENVIRONMENT, { userHome: "/home/ada", tools: TOOLS });
  const { text, etag } = shared.view();
  const edited = `${text}    model: { ${line} }\n`;
  expect(shared.check(edited).map(({ value }) => value)).toEqual(isWritten ? [] : ["(hidden)"]);
  const wasWritten = isReplaced(shared, edited, etag);
  expect([wasWritten, readFileSync(paths.config, "utf8") !== SHARED]).toEqual([
    isWritten,
    isWritten,
  ]);
});

test("a shared key that moves is named once", () => {
  using own = testFolder({ "config.yaml": SHARED });
  const paths = { config: own.file("config.yaml"), secrets: own.file("secrets.env") };
  const shared = openConfigFile(paths, ENVIRONMENT, { userHome: "/home/ada", tools: TOOLS });
  const moved = (shared.view().text ?? "").replace("own.example", "evil.example");
  expect(shared.check(moved).map(({ key }) => key)).toEqual(["model.api_key"]);
});

test.each([
  ["the key itself", "api_key: sk-new-0123456789abcdef"],
  ["a variable", "api_key: ${USER}"],
])("%s goes to an endpoint that a variable names", (_, line) => {
  const { text, etag } = file.view();
  const edited = (text ?? "")
    .replace("https://one.example", '"https://${HOST}"')
    .replace('"/v1', '/v1"')
    .replace("api_key: (hidden 1)", line);
  expect(file.replace(edited, etag).issues).toEqual([]);
});

test("what a variable named before stays as it is", () => {
  const { text, etag } = file.view();
  const edited = (text ?? "").replace("id: five", "id: last");
  expect(file.replace(edited, etag).issues).toEqual([]);
});

test("a key that moves with its endpoint, and an alias of it at the same endpoint, are written", () => {
  const { text, etag } = file.view();
  const moved = (text ?? "")
    .replace("api_key: (hidden 1)", "api_key: &k (hidden 1)")
    .replace("https://two.example/v1", "https://one.example/v1")
    .replace("api_key: null", "api_key: *k")
    .replace("{ X-Key: (hidden 2) }", "{}");
  file.replace(moved, etag);
  expect(readFileSync(folder.file("config.yaml"), "utf8")).toContain(`api_key: &k ${SECRETS[0]}`);
});
