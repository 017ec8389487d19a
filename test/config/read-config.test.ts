import { chmodSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { readConfig } from "../../daemon/config/load.ts";
import type { LoadedConfig } from "../../daemon/config/load.ts";
import { testFolder } from "../helper/folder.ts";
import type { TestFolder } from "../helper/folder.ts";

const CONFIG = `
model: { provider: openai, base_url: "http://127.0.0.1:4000/v1", api_key: "\${KEY}" }
agents: [{ id: a, directories: [{ path: /a }] }]
`;

function home(secrets?: string | Uint8Array, mode = 0o600): TestFolder {
  const folder = testFolder({ "config.yaml": CONFIG });
  if (secrets !== undefined) chmodSync(folder.write("secrets.env", secrets), mode);
  return folder;
}

function read(folder: TestFolder, env: Record<string, string> = {}): LoadedConfig {
  const paths = { config: folder.file("config.yaml"), secrets: folder.file("secrets.env") };
  return readConfig(paths, env, { userHome: "/home/ada", tools: [] });
}

test("no config is config_missing, and says how to get one", () => {
  using folder = testFolder();
  expect(() => read(folder)).toThrow(
    expect.objectContaining({
      code: "config_missing",
      hint: expect.stringContaining("agent-runner init`"),
    }),
  );
});

test("a config that is a directory is no crash", () => {
  using folder = testFolder({ "config.yaml/x": "" });
  expect(() => read(folder)).toThrow(expect.objectContaining({ code: "home_unusable" }));
});

test("a config in another encoding is config_invalid", () => {
  using folder = testFolder({ "config.yaml": Buffer.from("version: 1 # é", "latin1") });
  expect(() => read(folder)).toThrow(
    expect.objectContaining({ code: "config_invalid", message: expect.stringContaining("UTF-8") }),
  );
});

test("secrets.env fills what the environment lacks", () => {
  using folder = home("KEY=from-file\n");
  expect(read(folder).model.api_key).toBe("from-file");
  expect(read(folder, { KEY: "from-env" }).model.api_key).toBe("from-env");
  expect(read(folder, { KEY: "" }).model.api_key).toBe("from-file");
});

const LINES: [what: string, text: string | Uint8Array, value: string][] = [
  ["comments and empty lines", "# KEY=no\n\nKEY=v\n", "v"],
  ["Windows line ends", "A=1\r\nKEY=v\r\n", "v"],
  ["a byte order mark", "\uFEFFKEY=v", "v"],
  ["double quotes", 'KEY="v #1"', "v #1"],
  ["single quotes", "KEY='v #1'", "v #1"],
  ["an export before it", "export KEY=v", "v"],
  ["spaces around it", "  KEY = v  ", "v"],
  ["an equals sign in the value", "KEY=v==", "v=="],
];
test.each(LINES)("secrets.env may have %s", (_, text, value) => {
  using folder = home(text);
  expect(read(folder).model.api_key).toBe(value);
});

test("every value of secrets.env is a secret, whether it is used or not", () => {
  using folder = home("KEY=v-used\nOTHER=v-unused\nEMPTY=\n");
  expect(read(folder).secrets).toEqual(["v-used", "v-unused"]);
});

test.skipIf(process.platform === "win32")(
  "a secrets.env that others can read is a problem with the command that mends it",
  () => {
    using folder = home("KEY=v", 0o640);
    const { problems, model } = read(folder);
    expect(problems).toEqual([
      {
        code: "secrets_exposed",
        agent_id: null,
        message: `Other users can read ${folder.file("secrets.env")} (mode 640, expected 600).`,
        hint: `Run \`chmod 600 ${folder.file("secrets.env")}\`.`,
      },
    ]);
    expect(model.api_key).toBe("v");
  },
);

test("a secrets.env that is no text is a problem, and no crash", () => {
  using folder = home(new Uint8Array([0xff, 0xfe, 0x4b, 0x00]));
  expect(read(folder).problems.map(({ code }) => code)).toEqual([
    "secrets_unreadable",
    "variable_unset",
  ]);
});

test("reading changes neither file", () => {
  using folder = home("KEY=v");
  const before = ["config.yaml", "secrets.env"].map((name) => statSync(folder.file(name)).mtimeMs);
  read(folder);
  const after = ["config.yaml", "secrets.env"].map((name) => statSync(folder.file(name)).mtimeMs);
  expect(after).toEqual(before);
  expect(readFileSync(folder.file("config.yaml"), "utf8")).toBe(CONFIG);
});
