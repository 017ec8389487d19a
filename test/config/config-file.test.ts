import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { type ConfigFile, openConfigFile } from "../../daemon/config/config-file.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { anyCodePoint } from "../helper/any-text.ts";
import { TOOLS } from "../helper/config.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";

const KEY = "sk-secret-0123456789abcdef";
const TEXT = `# Mine.
version: 1 # the first
model:
  provider: openai
  base_url: https://ada:pass-word@llm.example/v1
  api_key: "${KEY}" # never ${KEY}
  headers: { X-Team: blue, Authorization: "Bearer \${TEAM_KEY}" }
  # api_key: old-key-of-last-year
agents:
  - id: inbox
    directories: [{ path: /in }]
    model: { api_key: "\${OTHER_KEY}", base_url: "http://127.0.0.1:1/v1" }
`;

let folder: TestFolder;
let file: ConfigFile;

beforeEach(() => {
  folder = testFolder({ "config.yaml": TEXT });
  const paths = { config: folder.file("config.yaml"), secrets: folder.file("secrets.env") };
  file = openConfigFile(
    paths,
    { TEAM_KEY: "team-key-value" },
    { userHome: "/home/ada", tools: TOOLS },
  );
});
afterEach(() => folder[Symbol.dispose]());

const read = (): string => readFileSync(folder.file("config.yaml"), "utf8");
/** Replaces the text and gives the error; the file must then be as it was. */
function refusal(text: string, etag: string | undefined = file.view().etag): RunnerError {
  const before = read();
  let thrown: unknown;
  try {
    file.replace(text, etag);
  } catch (error) {
    thrown = error;
  }
  expect(read()).toBe(before);
  expect(readdirSync(folder.path)).toEqual(["config.yaml"]);
  if (thrown instanceof RunnerError) return thrown;
  throw new Error("it was not refused", { cause: thrown });
}
const shown = (): string => file.view().text ?? "";

test("a view shows the text without keys, headers, passwords and keys in comments; ${NAME} stays", () => {
  expect(shown()).toMatchInlineSnapshot(`
    "# Mine.
    version: 1 # the first
    model:
      provider: openai
      base_url: https://(hidden 1)@llm.example/v1
      api_key: (hidden 2) # never (hidden 3)
      headers: { X-Team: (hidden 4), Authorization: "Bearer \${TEAM_KEY}" }
      # api_key: (hidden 5)
    agents:
      - id: inbox
        directories: [{ path: /in }]
        model: { api_key: "\${OTHER_KEY}", base_url: "http://127.0.0.1:1/v1" }
    "
  `);
  expect(file.view().issues).toEqual([]);
  const { parsed } = file.view();
  expect(parsed).toMatchObject({
    model: { api_key: "(hidden 2)", headers: { "X-Team": "(hidden 4)" } },
  });
  expect(parsed).toMatchObject({ agents: [{ model: { api_key: "${OTHER_KEY}" } }] });
  expect(JSON.stringify(file.view())).not.toMatch(/secret|pass-word|blue|old-key|team-key-value/);
});

test("the shown text, put back, is the file byte for byte", () => {
  const view = file.replace(shown(), file.view().etag);
  expect(read()).toBe(TEXT);
  expect(view).toEqual(file.view());
});

test("an edit keeps comments, keys and the mode of the file, and changes the etag", () => {
  chmodSync(folder.file("config.yaml"), 0o664);
  const { etag } = file.view();
  const view = file.replace(shown().replace("id: inbox", "id: mail"), etag);
  expect(read()).toBe(TEXT.replace("id: inbox", "id: mail"));
  expect(statSync(folder.file("config.yaml")).mode & 0o777).toBe(0o664);
  expect(view.etag).not.toBe(etag);
});

test("a link to the config stays one", () => {
  const real = folder.write("elsewhere/real.yaml", TEXT);
  symlinkSync(real, folder.file("link.yaml"));
  const linked = openConfigFile(
    { config: folder.file("link.yaml"), secrets: folder.file("secrets.env") },
    {},
    { userHome: "/home/ada", tools: TOOLS },
  );
  linked.replace("version: 1\n", linked.view().etag);
  expect(readFileSync(real, "utf8")).toBe("version: 1\n");
});

test("without the etag of what stands there, nothing is written", () => {
  expect(refusal("version: 1\n", '"other"')).toMatchObject({ code: "config_changed", status: 412 });
  const before = read();
  expect(() => file.replace("version: 1\n", undefined)).toThrow(/If-Match is missing/);
  expect(read()).toBe(before);
});

test("a text that is not valid is refused whole, with the line, the key and the value", () => {
  const error = refusal(shown().replace("path: /in", "path: /in, max_depth: deep"));
  expect(error.code).toBe("config_invalid");
  expect(error.data["issues"]).toMatchObject([
    { line: 11, key: "agents[0].directories[0].max_depth", value: '"deep"' },
  ]);
  expect(refusal("version: [").data["issues"]).toMatchObject([{ line: 1, key: "" }]);
});

test.each([
  ["behind which nothing is", (text: string) => text.replace("(hidden 2)", "(hidden 9)"), 6],
  [
    "in the name of an agent",
    (text: string) => text.replace("id: inbox", "id: inbox\n    name: (hidden 2)"),
    11,
  ],
  ["in a comment", (text: string) => `# (hidden 2)\n${text}`, 1],
])("a placeholder %s is refused at its line", (_, edit, line) => {
  const error = refusal(edit(shown()));
  expect(error.data["issues"]).toMatchObject([{ line, value: "(hidden)" }]);
  expect(error.message).not.toContain(KEY);
});

test("a key that is hidden does not go to another address, and one that is written out does", () => {
  const moved = shown().replace("llm.example", "evil.example");
  const error = refusal(moved);
  expect(error.data["issues"]).toMatchObject([
    { line: 5, key: "model.base_url" },
    { line: 6, key: "model.api_key" },
    { line: 7, key: "model.headers.X-Team" },
  ]);
  file.replace(moved.replace(/\(hidden [14]\)/g, "x").replace("(hidden 2)", KEY), file.view().etag);
  expect(read()).toContain("evil.example");
  folder.write("config.yaml", TEXT);
  expect(refusal(shown().replace('"${OTHER_KEY}"', "(hidden 2)")).message).toContain(
    "another address",
  );
});

test("of a file that is not YAML no text is shown, and it can be replaced", () => {
  folder.write("config.yaml", `model: { api_key: ${KEY}\nversion: [`);
  const view = file.view();
  expect(view).toMatchObject({ text: null, parsed: null, issues: [{ key: "" }] });
  expect(JSON.stringify(view)).not.toContain(KEY);
  expect(file.replace("version: 1\n", view.etag).issues).toEqual([]);
});

test("of a file that is not valid what may be a key is hidden too", () => {
  folder.write("config.yaml", `version: 1\nmodel: { apikey: ${KEY}x, name: n }\nagents: []\n`);
  const view = file.view();
  expect(view.text).toBe("version: 1\nmodel: { apikey: (hidden 1), name: n }\nagents: []\n");
  expect(view).toMatchObject({
    parsed: null,
    issues: [{ line: 2, key: "model.apikey", value: "(hidden)" }],
  });
  folder.write("config.yaml", `version: 1\nmodel: ${KEY}\n`);
  expect(shown()).toBe("version: 1\nmodel: (hidden 1)\n");
});

test("whatever stands there, no secret is shown, and the shown text gives the file back", () => {
  // What YAML writes in every style: quotes, blocks, folds.
  const secret = fc
    .string({ minLength: 8, unit: anyCodePoint })
    .map((text) => `S3CR3T${text.replaceAll(/[^\n\P{C}]/gu, "_")}`);
  const style = fc.constantFrom(
    "PLAIN",
    "QUOTE_SINGLE",
    "QUOTE_DOUBLE",
    "BLOCK_LITERAL",
    "BLOCK_FOLDED",
  );
  fc.assert(
    fc.property(secret, secret, style, fc.boolean(), (key, header, defaultStringType, flow) => {
      const value = {
        version: 1,
        model: { api_key: key, headers: { "X-A": header } },
        agents: [{ id: "a", directories: [{ path: "/a" }], model: { api_key: header } }],
      };
      const text = stringify(value, {
        defaultStringType: flow ? "QUOTE_DOUBLE" : (defaultStringType as "PLAIN"),
        defaultKeyType: "PLAIN",
        ...(flow ? { collectionStyle: "flow" } : {}),
      });
      folder.write("config.yaml", text);
      const view = file.view();
      expect(JSON.stringify(view)).not.toContain("S3CR3T");
      file.replace(view.text ?? "", view.etag);
      expect(read()).toBe(text);
    }),
    { numRuns: 60 },
  );
});
