import { expect, test } from "vitest";
import { disarm } from "../../daemon/agent/disarm.ts";
import { readWrittenCalls } from "../../daemon/agent/model/written-calls.ts";
import { redact } from "../../daemon/config/redact.ts";
import { readYaml } from "../../daemon/config/yaml-source.ts";
import { detectContentType } from "../../daemon/preprocess/detect.ts";
import { extract } from "../../daemon/preprocess/extract.ts";
import { isOwnFile } from "../../daemon/preprocess/own-file.ts";
import { planDocument } from "../../daemon/rules/plan.ts";
import { documentOf, frameOf } from "../rules/input.ts";

/*
 * What reads foreign text on the thread that answers requests. Whoever writes a file, a config or an answer of a model
 * must not keep the daemon from answering with a text that costs more than its length.
 */
const TOOLS = [{ name: "create_note", description: "", parameters: {} }];
type Frame = readonly [start: string, end: string];
const PLAIN: Frame = ["", ""];
const TASKS: Frame[] = [
  PLAIN,
  ["- [ ] Call Bob by Friday ", " x\n"],
  ["Can you call ", " x by Friday?\n"],
];

/** Each reader, and what its text has before and after what is repeated. */
const READERS: [name: string, frames: readonly Frame[], read: (text: string) => unknown][] = [
  [
    "the search for our own exports",
    [
      ["---\nid:", "'a'b\n---\nhello\n"],
      ['---\nid: "note_1"\ntype: "note"\ntitle: ', "\n"],
      ["{", ""],
    ],
    (text) => isOwnFile(Buffer.from(text)),
  ],
  ["the search for the kind", [PLAIN], (text) => detectContentType("a", Buffer.from(text))],
  [
    "Markdown",
    [PLAIN, ["---\ntitle: ", "'\n---\nx\n"], ["# ", " x\n"]],
    (text) => extractAs("text/markdown", text),
  ],
  ["text", [PLAIN], (text) => extractAs("text/plain", text)],
  ["rules", TASKS, (text) => planDocument(documentOf(text), frameOf({ file_name: "a.md" }))],
  ["the config", [["a: ", "\n"]], (text) => [readYaml(text), redact(text)]],
  // A comment is one part of the config, so a longer one is cheap.
  [
    "a comment of the config",
    [PLAIN],
    (text) => redact(`# ${text.replaceAll("\n", " ").repeat(4)}x\n`),
  ],
  [
    "calls in an answer",
    [
      ["<function=create_note>", ""],
      ["<function=create_note>", "</function>"],
    ],
    (text) => readWrittenCalls(text, TOOLS, "x"),
  ],
  ["what a model is shown", [PLAIN], disarm],
];

function extractAs(content_type: string, text: string): unknown {
  return extract({ bytes: Buffer.from(text), name: "a", content_type });
}

const UNITS = [
  ...Array.from(" \t\n#-–_*`~|.,:;!?'\"()[]{}<>=@&%\\/$+1aAé—\u00a0\r\u001b"),
  ..."a |A |Ann |1 |1-|# |#a |- |* |> |~~|~~a |[ ] |](|<a |</|<!--|@a |a@b.c |a: |x: y: |and |to |by |on |->".split(
    "|",
  ),
  ..."- a\n|a: b\n|# api_key |api_key: |# api_key: a |://|://a@|sk-|(hidden 1) |\\q|&a |*a |!a |{}|[]|''|\"\"".split(
    "|",
  ),
  ..."<tool_call>|<function=a>|<parameter=a>|[TOOL_REQUEST]|[TOOL_CALLS][|```\n|\u001b[|2026-12-01 |12:00 ".split(
    "|",
  ),
];
/** Small steps first, because a cost that doubles with each character never comes back from a large one. */
const LENGTHS = [16, 20, 24, 28, 32, 36, 40, 320, 1_280, 5_120];
/** From this cost on, a text is compared with four texts of a quarter. A linear cost is the same, a quadratic 4 times. */
const COMPARED_MS = 15;
const PARTS = 4;
const ALLOWED = 2.25;

/** Processor time of this thread alone, so that a busy machine changes little; the least of some runs. */
async function costOf(read: () => unknown, runs: number): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < runs; run += 1) {
    const before = process.threadCpuUsage();
    await read();
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

test.each(READERS)("the cost of %s grows as the text does", async (_, frames, read) => {
  await read("a");
  const grown: string[] = [];
  for (const unit of UNITS) {
    for (const [start, end] of frames) {
      const run = (length: number) => (): unknown =>
        read(start + unit.repeat(Math.ceil(length / unit.length)) + end);
      for (const length of LENGTHS) {
        if ((await costOf(run(length), 1)) < COMPARED_MS) continue;
        const long = await costOf(run(length), 2);
        if (long < COMPARED_MS) continue;
        const parts = await costOf(async () => {
          for (let part = 0; part < PARTS; part += 1) await run(length / PARTS)();
        }, 3);
        if (long < ALLOWED * parts) continue;
        grown.push(`${JSON.stringify([start, unit, end])} ${length}: ${long} ms, ${parts} ms`);
        break;
      }
    }
  }
  expect(grown).toEqual([]);
});
