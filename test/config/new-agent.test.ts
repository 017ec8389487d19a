import { describe, expect, test } from "vitest";
import { type NewAgent, withAgent } from "../../daemon/config/new-agent.ts";
import { toAgentId } from "../../daemon/core/agent-id.ts";
import { inboxAgent, starterConfig } from "../../daemon/config/starter.ts";
import { configError, parse } from "../helper/config.ts";

const MAIL: NewAgent = { id: "mail", name: "Mail: all", directories: ["/home/ada/Mail"] };

/** The lines that are new. */
function addedTo(text: string, agent = MAIL): string[] {
  const before = text.split("\n");
  const after = withAgent(text, agent).split("\n");
  let index = 0;
  return after.filter((line) => (line === before[index] ? (index += 1) === 0 : true));
}

describe("one more agent", () => {
  test("stands after those of the starter config, which stays line for line", () => {
    const text = starterConfig(inboxAgent("/inbox"));
    expect(addedTo(text)).toEqual([
      "  - id: mail",
      '    name: "Mail: all"',
      "    directories:",
      "      - path: /home/ada/Mail",
    ]);
    const { agents } = parse(withAgent(text, MAIL));
    expect(agents.map(({ id }) => id)).toEqual(["inbox", "mail"]);
  });

  test("leaves the comments of the agent before it with that one", () => {
    const text =
      "agents:\n- id: a # mine\n  directories:\n  - path: /a\n  # schedule: daily\n\n# The end.\n";
    expect(withAgent(text, MAIL)).toBe(
      text.replace(
        "daily\n",
        'daily\n- id: mail\n  name: "Mail: all"\n  directories:\n    - path: /home/ada/Mail\n',
      ),
    );
  });

  test("keeps a text of several lines at the end of the agent before it", () => {
    const text =
      "agents:\n  - id: a\n    directories: [{ path: /a }]\n    instructions: |\n      One.\n\n      # Two.\n";
    const { agents } = parse(withAgent(text, MAIL));
    expect(agents).toMatchObject([{ id: "a", instructions: "One.\n\n# Two.\n" }, { id: "mail" }]);
  });

  test.each(["", "version: 1\n", "agents: []\n", "# Nothing yet.\n", "{ agents: [] }"])(
    "is the first one of %j",
    (text) => {
      expect(parse(withAgent(text, MAIL)).agents.map(({ id }) => id)).toEqual(["mail"]);
    },
  );

  test("has a model of its own where it is given one", () => {
    const model = {
      provider: "openai",
      base_url: "http://127.0.0.1:1234/v1",
      name: "m",
      api_key: null,
    };
    expect(parse(withAgent("", { ...MAIL, model })).agents).toMatchObject([{ model }]);
  });

  test("goes into a list on one line", () => {
    const text = "agents: [{ id: a, directories: [{ path: /a }] }]\n";
    expect(parse(withAgent(text, MAIL)).agents.map(({ id }) => id)).toEqual(["a", "mail"]);
  });

  test.each([
    ["agnts: []\n"],
    ["agents: [\n"],
    ["agents: [{ id: mail, directories: [{ path: /a }] }]\n"],
  ])("is not added where the text is not right before or after: %j", (text) => {
    expect(() => withAgent(text, MAIL)).toThrow("was not changed");
  });
});

test.each([
  ["Meeting Notes", [], "meeting-notes"],
  ["  Älle Güter! ", [], "alle-guter"],
  ["会議", [], "agent"],
  ["user", [], "agent"],
  ["adhoc-1", [], "agent"],
  ["Notes", ["notes", "notes-2"], "notes-3"],
  ["x".repeat(80), [], "x".repeat(40)],
])("the id of an agent called %j beside %j is %s", (name, taken, id) => {
  expect(toAgentId(name, taken)).toBe(id);
  expect(configError(withAgent("", { ...MAIL, id }))).toBeUndefined();
});
