import { expect, test } from "vitest";
import { agentSchema } from "../../daemon/protocol/agent.ts";
import { agentYaml, configError, issuesOf, parse } from "../helper/config.ts";

test("an empty mapping gives every default, and no agents", () => {
  const { config, agents, problems } = parse("{}");
  expect(config).toMatchObject({
    version: 1,
    server: { host: "127.0.0.1", port: 4770 },
    model: { provider: "rules", name: "gpt-4.1" },
    retention: { conversation_days: 90 },
    tray: { backend: "auto", notify: [] },
  });
  expect([agents, problems]).toEqual([[], []]);
});

test("an agent is given its name, its model and its directories", () => {
  const text = `
model: { provider: openai, base_url: http://127.0.0.1:11434/v1, name: qwen3 }
agents:
  - id: mail
    directories: [{ path: ~/Mail/, max_depth: 0 }, { path: "\${DOCS}/in" }]
    model: { concurrency: 4 }
`;
  const [agent] = parse(text, { DOCS: "/srv/docs" }).agents;
  expect(agent).toMatchObject({
    id: "mail",
    name: "mail",
    directories: [
      { path: "/home/ada/Mail", max_depth: 0 },
      { path: "/srv/docs/in", max_depth: 5 },
    ],
    model: { provider: "openai", name: "qwen3", concurrency: 4, timeout_seconds: 120 },
  });
});

test("an error names the file, the line, the key, the value and what was expected", () => {
  const error = configError("version: 1\nserver:\n  port: 99999\n");
  expect(error?.message).toBe(
    "Mistake in config.yaml line 3: server.port: expected a whole number from 0 to 65535, got 99999.",
  );
  expect(error?.data["issues"]).toEqual([
    {
      line: 3,
      column: 3,
      key: "server.port",
      value: "99999",
      expected: "a whole number from 0 to 65535",
      message: "server.port: expected a whole number from 0 to 65535, got 99999",
    },
  ]);
});

test("the message names the first lines that are wrong, the data have all of them", () => {
  const text = agentYaml("schedule: '* * *'") + "\nserver: { prot: 1 }\nversion: 2\n";
  const error = configError(text);
  expect(error?.message).toMatch(/^Mistake in config\.yaml line 4: .+; line 5: .+; line 6: [^;]+$/);
  expect(error?.hint).toBe("Correct the lines and save the file.");
  const many = Array.from({ length: 7 }, (_one, index) => `a${index}: 1`).join("\n");
  expect(configError(`version: 1\n${many}\n`)?.message).toMatch(
    /; line 6: [^;]+ \(and 2 more\)\.$/,
  );
  expect(issuesOf(text).map(({ line, key }) => [line, key])).toEqual([
    [4, "agents[0].schedule"],
    [5, "server.prot"],
    [6, "version"],
  ]);
});

const WRONG: [what: string, text: string, line: number, message: string][] = [
  ["nothing at all", "", 1, "expected a mapping, got nothing"],
  ["a section without keys", "version: 1\nbudget:\n", 2, "budget: expected a mapping, got nothing"],
  [
    "a mistyped key",
    agentYaml("max_itterations: 3"),
    4,
    'agents[0].max_itterations: unknown key "max_itterations", did you mean max_iterations?',
  ],
  [
    "a key that is like no other",
    "tray: { colour: red }",
    1,
    'tray.colour: unknown key "colour", expected one of backend, notify',
  ],
  [
    "a mistyped key in an agent's model",
    agentYaml("model:", "  naem: x"),
    5,
    'agents[0].model.naem: unknown key "naem", did you mean name?',
  ],
  [
    "a text for a number",
    "server: { port: http }",
    1,
    'server.port: expected a whole number from 0 to 65535, got "http"',
  ],
  [
    "a word that is none of the words",
    agentYaml("approval: never"),
    4,
    'agents[0].approval: expected one of auto, review, got "never"',
  ],
  [
    "a word where two types may stand",
    agentYaml("directories:", "  - path: /x", "    watch: maybe").replace(
      /\n {4}directories: \[.*/,
      "",
    ),
    5,
    'agents[0].directories[0].watch: expected true or false or "poll", got "maybe"',
  ],
  [
    "a date in another order",
    agentYaml("modified_after: 1.5.2026"),
    4,
    'agents[0].modified_after: expected a date (YYYY-MM-DD) or null, got "1.5.2026"',
  ],
  [
    "a number below its range",
    "retention:\n  conversation_days: -1",
    2,
    "retention.conversation_days: expected a whole number of at least 0 or null, got -1",
  ],
  [
    "no directory",
    "agents:\n  - id: a\n    directories: []",
    3,
    "agents[0].directories: expected a list that is not empty, got an empty list",
  ],
  [
    "a missing key",
    "agents:\n  -\n    id: a",
    3,
    "agents[0].directories: expected a list that is not empty, got nothing",
  ],
  [
    "an id with capitals",
    "agents:\n  - id: Ada\n    directories: [{ path: /a }]",
    2,
    'agents[0].id: expected lower-case letters, digits and hyphens, got "Ada"',
  ],
  [
    "a host that others reach",
    "server: { host: 0.0.0.0 }",
    1,
    'server.host: expected a loopback address (127.0.0.1, ::1 or localhost), got "0.0.0.0"',
  ],
  [
    "a host that only begins like loopback",
    "server: { host: 127.0.0.1.example }",
    1,
    'server.host: expected a loopback address (127.0.0.1, ::1 or localhost), got "127.0.0.1.example"',
  ],
  [
    "an id twice",
    agentYaml() + "\n  - id: a\n    directories: [{ path: /b }]",
    4,
    'agents[1].id: expected an id that agents[0] does not have, got "a"',
  ],
  [
    "the id that stands for the user",
    "agents: [{ id: user, directories: [{ path: /a }] }]",
    1,
    'agents[0].id: expected an id that is not "user" and does not begin with "adhoc-", got "user"',
  ],
  [
    "a bad cron pattern",
    agentYaml('schedule: "61 * * * *"'),
    4,
    'agents[0].schedule: expected a cron pattern such as "0 9 * * 1-5", got "61 * * * *"',
  ],
  ...["22:00-22:00", "22:00-24:00", "7:00-22:00"].map((hours): [string, string, number, string] => [
    `the hours ${hours}`,
    `model: { hours: "${hours}" }`,
    1,
    `model.hours: expected two different times from 00:00 to 23:59, such as "22:00-07:00", got "${hours}"`,
  ]),
  [
    "a time that never comes",
    agentYaml('schedule: "0 9 31 2 *"'),
    4,
    'agents[0].schedule: expected a cron pattern that matches some time, got "0 9 31 2 *"',
  ],
  [
    "a time zone that is none",
    agentYaml("timezone: Mars/Base", 'schedule: "@daily"'),
    4,
    'agents[0].timezone: expected an IANA time zone such as Europe/Berlin, got "Mars/Base"',
  ],
  [
    "a tool that is none",
    agentYaml("tools:", "  - search", "  - create_tsak"),
    6,
    'agents[0].tools[1]: expected one of list_projects, create_task, update_task, search, got "create_tsak"; did you mean create_task?',
  ],
  [
    "a relative directory",
    "agents: [{ id: a, directories: [{ path: docs }] }]",
    1,
    'agents[0].directories[0].path: expected an absolute path, or one that begins with ~/, got "docs"',
  ],
  [
    "another user's home",
    "agents: [{ id: a, directories: [{ path: ~bob/docs }] }]",
    1,
    'agents[0].directories[0].path: expected an absolute path, or one that begins with ~/, got "~bob/docs"',
  ],
  [
    "a directory twice",
    "agents:\n- id: a\n  directories:\n  - path: ~/in\n  - path: /home/ada/in/",
    5,
    'agents[0].directories[1].path: expected each directory once in an agent, got "/home/ada/in/"',
  ],
  [
    "a variable that is not closed",
    "agents: [{ id: a, directories: [{ path: '${HOME/in' }] }]",
    1,
    'agents[0].directories[0].path: expected ${NAME}, with letters, digits and _, after every $, got "${HOME/in"',
  ],
  [
    "a variable with a default",
    "model: { base_url: '${URL:-http://x}' }",
    1,
    "model.base_url: expected ${NAME}, with letters, digits and _, after every $, got (hidden)",
  ],
  [
    "a variable where none is filled",
    "model:\n  name: ${MODEL}",
    2,
    'model.name: expected no variable (only api_key, base_url, headers and path take one), got "${MODEL}"',
  ],
  [
    "an address without scheme",
    "model:\n  base_url: localhost:11434/v1",
    2,
    'model.base_url: expected an address with http:// or https://, got "localhost:11434/v1"',
  ],
  [
    "a key that YAML reads as an object's own",
    "__proto__: { version: 1 }",
    1,
    '__proto__: unknown key "__proto__", expected one of version, server, model, budget, sends, fallback, retention, tray, agents',
  ],
];
test.each(WRONG)("%s is an error at its line", (_, text, line, message) => {
  expect(issuesOf(text).map((issue) => [issue.line, issue.message])).toEqual([[line, message]]);
});

const NOT_YAML: [what: string, text: string, line: number, expected: RegExp][] = [
  ["a tab", "server:\n\tport: 1", 2, /spaces for indentation/],
  ["a key twice", "version: 1\nversion: 1", 2, /each key once/],
  ["a bracket that is not closed", "agents: [\nversion: 1", 2, /./],
  ["a second document", "version: 1\n---\nversion: 1", 2, /one document/],
  ["a tag", "model:\n  api_key: !secret key", 2, /without a tag/],
  ["an alias of nothing", "version: 1\nagents: *all", 2, /an anchor above/],
  ["a variable in braces without quotes", "model: { api_key: ${KEY} }", 1, /needs quotes/],
  [
    "aliases that multiply",
    "a: &a [1]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]",
    2,
    /fewer aliases/,
  ],
];
test("what is wrong with a line is said once", () => {
  const error = configError("version: 1\nagents: [ {id: x\nmodel: 3\n");
  expect(error?.message.match(/expected the indentation/g)).toHaveLength(1);
});

test.each(NOT_YAML)("%s is an error with its line", (_, text, line, expected) => {
  const [issue] = issuesOf(text);
  expect(issue).toMatchObject({ line, key: "", value: "" });
  expect(issue?.message).toMatch(expected);
});

test("an alias is what it stands for, and is blamed where it stands", () => {
  const agents = "agents:\n  - { id: a, directories: &dirs [{ path: /a }] }\n";
  expect(parse(`${agents}  - { id: b, directories: *dirs }`).agents).toHaveLength(2);
  expect(issuesOf(`${agents}  - { id: b, directories: *dirs, tools: &x [nil] }`)).toMatchObject([
    { line: 3, key: "agents[1].tools[0]" },
  ]);
});

test("a byte order mark and Windows line ends change nothing", () => {
  expect(parse("\uFEFFversion: 1\r\nserver:\r\n  port: 5\r\n").config.server.port).toBe(5);
  expect(issuesOf("\uFEFFversion: 1\r\nserver:\r\n  prt: 5\r\n")).toMatchObject([{ line: 3 }]);
});

test("text that looks like a variable stays as it is in instructions, names and globs", () => {
  const text = agentYaml(
    "name: ${NAME}",
    "instructions: Fill ${NAME} and ${",
    "directories: [{ path: /a, exclude: ['${NAME}/**'] }]",
  ).replace("    directories: [{ path: /a }]\n", "");
  const [agent] = parse(text, { NAME: "x" }).agents;
  expect([agent?.name, agent?.instructions, agent?.directories[0]?.exclude]).toEqual([
    "${NAME}",
    "Fill ${NAME} and ${",
    ["${NAME}/**"],
  ]);
});

test("what is loaded cannot be changed, down to its leaves", () => {
  const { agents } = parse(agentYaml("tools: [search]"));
  expect(() => Object.assign(agents[0]?.directories[0] ?? {}, { path: "/b" })).toThrow(TypeError);
  expect(() => Object.assign(agents[0]?.tools ?? [], ["x"])).toThrow(TypeError);
});

test.each(["approval: review"])(
  "an agent is not ready where what it asks for is not there: %s",
  (asked) => {
    expect(parse(agentYaml(asked))).toMatchObject({
      problems: [{ code: "not_yet", agent_id: "a" }],
      unready: ["a"],
    });
  },
);

test("a disabled agent has no problems, an enabled one is not ready until they are mended", () => {
  const model = "model: { provider: openai, base_url: 'https://h.example/v1', api_key: '${KEY}' }";
  expect(parse(agentYaml(model))).toMatchObject({
    problems: [{ code: "variable_unset", agent_id: "a" }],
    unready: ["a"],
  });
  expect(parse(agentYaml(model, "enabled: false")).problems).toEqual([]);
  expect(parse(agentYaml(model), { KEY: "k" })).toMatchObject({ problems: [], unready: [] });
});

test("an agent from elsewhere is resolved against the model section and variables of the config", () => {
  const loaded = parse(
    "model: { provider: openai, base_url: 'http://127.0.0.1:4000/v1', api_key: '${KEY}' }\n" +
      agentYaml(),
    { KEY: "sk-here", DIR: "/d" },
  );
  const config = agentSchema.parse({ id: "elsewhere", directories: [{ path: "${DIR}/x" }] });
  const { agent } = loaded.resolve(config);
  expect(agent).toMatchObject({
    name: "elsewhere",
    directories: [{ path: "/d/x" }],
    model: { api_key: "sk-here" },
  });
});
