import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Message, ModelReply, ToolCall } from "../../daemon/agent/model/model.ts";
import { createRulesModel } from "../../daemon/rules/rules.ts";
import type { Document, Frame } from "../../daemon/protocol/document.ts";
import { noteFields, projectFields, taskFields } from "../../daemon/protocol/entity.ts";
import { anyCodePoint } from "../helper/any-text.ts";
import { modelRequest } from "../helper/model-request.ts";
import { documentOf, frameOf } from "./input.ts";

const quote = z.string().max(2_000).nullable();
/** The limits of what each tool takes. */
const TOOLS: Record<string, z.ZodType> = {
  create_project: projectFields.pick({ name: true }).extend({ quote }),
  create_note: noteFields.omit({ status: true }).extend({ quote }),
  create_task: taskFields.extend({ quote }),
};

interface Conversation {
  replies: ModelReply[];
  calls: ToolCall[];
  text: string;
}

/** Lets the rules speak with tools that take whatever is within the limits. */
async function converse(
  document: Document,
  frame: Frame,
  options: { tools?: string[]; iterations?: number; answer?: (call: ToolCall) => string } = {},
): Promise<Conversation> {
  const { tools = Object.keys(TOOLS), iterations = 12, answer = record } = options;
  const model = createRulesModel();
  const messages: Message[] = [];
  const replies: ModelReply[] = [];
  for (let iteration = 1; iteration <= iterations; iteration += 1) {
    const request = modelRequest({
      messages: [...messages],
      tools: tools.map((name) => ({ name, description: name, parameters: {} })),
      may_call_tools: iteration < iterations,
      iteration,
      document,
      frame,
    });
    const reply = await model.complete(request, { signal: new AbortController().signal });
    expect(await model.complete(request, { signal: new AbortController().signal })).toEqual(reply);
    replies.push(reply);
    if (reply.stop === "final") {
      const calls = replies.flatMap(({ tool_calls }) => tool_calls);
      return { replies, calls, text: reply.text };
    }
    messages.push({ role: "assistant", reply });
    for (const call of reply.tool_calls) {
      messages.push({
        role: "tool",
        tool_call_id: call.id,
        name: call.name,
        content: answer(call),
      });
    }
  }
  throw new Error("The rules came to no end.");
}

function record(call: ToolCall): string {
  const fields = TOOLS[call.name]?.parse(call.arguments);
  const type = call.name.replace("create_", "");
  return JSON.stringify({
    ok: true,
    outcome: "created",
    [type]: { id: `${type}_${call.id}`, ...Object(fields) },
  });
}

const MEETING = `# Weekly

- [ ] Send the budget to Ann, due 2026-12-01
- [x] Book the room
`;

test("a project is created first, and note and tasks belong to it", async () => {
  const document = documentOf(MEETING, { metadata: { project: "Apollo" } });
  const { replies, text } = await converse(document, frameOf());
  expect(replies.map(({ tool_calls }) => tool_calls)).toMatchObject([
    [{ id: "rules0101", name: "create_project", arguments: { name: "Apollo", quote: null } }],
    [
      {
        id: "rules0201",
        name: "create_note",
        arguments: { title: "Weekly", project_id: "project_rules0101", quote: "# Weekly" },
      },
      {
        id: "rules0202",
        name: "create_task",
        arguments: {
          title: "Send the budget to Ann",
          due_date: "2026-12-01",
          status: "open",
          project_id: "project_rules0101",
          quote: "- [ ] Send the budget to Ann, due 2026-12-01",
        },
      },
      {
        id: "rules0203",
        name: "create_task",
        arguments: { title: "Book the room", status: "done" },
      },
    ],
    [],
  ]);
  expect(text).toBe("Rules: 1 note, 2 tasks, project Apollo.");
});

test("no request is paid for, and nothing has to be sent back", async () => {
  const { replies } = await converse(documentOf(MEETING), frameOf());
  expect(replies[0]).toMatchObject({
    usage: { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 },
    cost_usd: 0,
    stop: "calls",
    replay: {},
  });
});

test("an active project is used and not created again", async () => {
  const frame = frameOf({ projects: [{ id: "project_9", name: "WEEKLY" }] });
  const { calls } = await converse(documentOf(MEETING), frame);
  expect(calls.map(({ name }) => name)).toEqual(["create_note", "create_task", "create_task"]);
  expect(calls.every((call) => call.arguments?.["project_id"] === "project_9")).toBe(true);
});

test("the id of a project is found in a result that was cut or has a hint after it", async () => {
  const document = documentOf(MEETING, { metadata: { project: "Apollo" } });
  const answer = (call: ToolCall): string =>
    `${record(call).slice(0, -1)},"projects":[{"id … (cut)\n(Two replies`;
  const { calls } = await converse(document, frameOf(), { answer });
  expect(calls.at(-1)?.arguments?.["project_id"]).toBe("project_rules0101");
});

test("the answer counts refused calls, and a refused project leaves its tasks without a project", async () => {
  const document = documentOf(MEETING, { metadata: { project: "Apollo" } });
  const answer = (call: ToolCall): string =>
    call.name === "create_project" ? '{"ok":false,"error":"deleted"}' : record(call);
  const { calls, text } = await converse(document, frameOf(), { answer });
  expect(calls.at(-1)?.arguments?.["project_id"]).toBeNull();
  expect(text).toBe("Rules: 1 note, 2 tasks, 1 refused.");
});

test("the sections of several projects keep their tasks apart", async () => {
  const text = "## Project: A\n\nTODO: one\n\n## Project: B\n\nTODO: two\n\nTODO: one\n";
  const { calls } = await converse(documentOf(text), frameOf());
  expect(calls.map((call) => [call.arguments?.["title"], call.arguments?.["project_id"]])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    ["Project: A", null],
    ["one", "project_rules0101"],
    ["two", "project_rules0102"],
    ["one", "project_rules0102"],
  ]);
});

test("a repeated task is recorded once, and is open if one of the two is open", async () => {
  const text = "- [x] water the plants\n- [ ] Water  the plants\n- [x] water the plants\n";
  const { calls } = await converse(documentOf(text), frameOf());
  expect(calls.map((call) => call.arguments?.["status"])).toEqual([undefined, "open"]);
});

test("a tool that the agent may not use is not called", async () => {
  const document = documentOf(MEETING, { metadata: { project: "Apollo" } });
  const { calls, text } = await converse(document, frameOf(), { tools: ["create_task", "search"] });
  expect(calls.map(({ name }) => name)).toEqual(["create_task", "create_task"]);
  expect(calls[0]?.arguments?.["project_id"]).toBeNull();
  expect(text).toBe("Rules: 2 tasks.");
});

const LONG = Array.from({ length: 60 }, (_, index) => `- [ ] task ${index} x`).join("\n");

test("a document gives at most 50 entities, and both note and answer count the rest", async () => {
  const { calls, replies, text } = await converse(documentOf(LONG), frameOf());
  expect(calls).toHaveLength(49);
  expect(replies.map(({ tool_calls }) => tool_calls.length)).toEqual([16, 16, 16, 1, 0]);
  expect(text).toBe("Rules: 1 note, 48 tasks, 12 left out.");
  expect(calls[0]?.arguments?.["body"]).toMatch(
    /\n\n\*12 more tasks of this document are not recorded\.\*$/u,
  );
});

test("calls that the iterations leave no room for are counted as left out", async () => {
  const { text } = await converse(documentOf(LONG), frameOf(), { iterations: 3 });
  expect(text).toBe("Rules: 1 note, 31 tasks, 29 left out.");
});

test("an empty document gives nothing", async () => {
  const { calls, text } = await converse(documentOf(" \n"), frameOf());
  expect([calls, text]).toEqual([[], "Rules: nothing to record."]);
});

test("an aborted request is not answered", async () => {
  const request = createRulesModel().complete(modelRequest(), { signal: AbortSignal.abort() });
  await expect(request).rejects.toThrow("aborted");
});

const fragment = fc.oneof(
  fc.string({ unit: anyCodePoint, maxLength: 400 }).map((text) => text.replaceAll(/\p{Cc}/gu, " ")),
  fc.constantFrom(
    ..."# |## Project: A|## Project: B|Project: C|- [ ] |  - [x] |TODO: |Ann to |Next steps:|@a to b|by Friday ".split(
      "|",
    ),
    ..."due 2026-12-01|on 31/12/2026|#tag|!!!|(low)|~~|**|`|```|> || |---|===|[a](b)|Date: 1 May 2026|Subject: ".split(
      "|",
    ),
    " ",
    "\n",
    "\n\n",
  ),
);
const text = fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join(""));
const value = fc.oneof(text, fc.array(text, { maxLength: 30 }));
const metadata = fc.dictionary(fc.constantFrom("date", "tags", "project"), value);
const documents = fc.record({
  content_type: fc.constantFrom("text/markdown", "text/plain", "text/csv", "application/pdf"),
  title: fc.option(text),
  text,
  headings: fc.array(fc.record({ level: fc.integer({ min: 1, max: 6 }), text, line: fc.nat(9) }), {
    maxLength: 3,
  }),
  metadata,
  warnings: fc.constant<Document["warnings"]>([]),
});
const frames = fc
  .record({
    file_name: fc.string({ minLength: 1, maxLength: 255 }).filter((name) => name.trim() !== ""),
    projects: fc.array(fc.record({ id: fc.uuid(), name: fc.constantFrom("A", "Apollo", "ann") })),
  })
  .map((changes) => frameOf(changes));

test("any document ends within 12 iterations, and all its records are within the limits", async () => {
  await fc.assert(
    fc.asyncProperty(documents, frames, async (document, frame) => {
      const { replies, calls } = await converse(document, frame);
      expect(replies.every(({ tool_calls }) => tool_calls.length <= 16)).toBe(true);
      expect(calls.length).toBeLessThanOrEqual(50);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
      for (const { id, name, arguments: args } of calls) {
        expect(id).toMatch(/^[a-z0-9]{9}$/u);
        const passage = z.object({ quote }).parse(args).quote;
        // A project may be named by the metadata alone.
        const isGiven = passage !== null || name === "create_project";
        expect(isGiven && document.text.includes(passage ?? "")).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  ">",
  "[",
  "*a_",
  "- ",
  "1. ",
  "- a\n  - b\n",
  "a:\n- b\n",
  "e.g. ",
  "by Friday (",
  "- [ ] on Monday\n",
])("200000 characters of %j are read like any other document", async (unit) => {
  const hostile = documentOf(unit.repeat(200_000 / unit.length));
  expect((await converse(hostile, frameOf())).calls.length).toBeGreaterThan(0);
});
