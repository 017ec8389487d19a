import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createDialog } from "../../daemon/cli/dialog.ts";
import { isAbort } from "../../daemon/core/errors.ts";

/** A dialog on a terminal, which types what it is told to each question that appears. */
function openDialog(typed: readonly string[]) {
  const [input, output] = [new PassThrough(), new PassThrough({ encoding: "utf8" })];
  const left = [...typed];
  let shown = "";
  output.on("data", (text: string) => {
    shown += text;
    if (text.includes("?")) input.write(left.shift() ?? "");
  });
  const interrupt = new AbortController();
  const dialog = createDialog({ input, output, terminal: true, interrupt });
  return { dialog, input, interrupt, shown: () => shown };
}

test("several questions are asked, each answer is echoed once, and nothing goes on listening", async () => {
  const { dialog, input, shown } = openDialog(["abc\r", "\r", "xyz\r"]);
  const answers = [
    await dialog.ask("One?", ""),
    await dialog.ask("Two?", "usual"),
    await dialog.ask("Three?", ""),
  ];
  expect(answers).toEqual(["abc", "usual", "xyz"]);
  expect(shown().match(/z/gu)).toHaveLength(1);
  expect(input.listenerCount("keypress")).toBe(0);
});

test("what a name would do to the terminal is written out", async () => {
  const { dialog, shown } = openDialog(["\r"]);
  expect(await dialog.ask("One\x1b[2J?", "a\u202eb")).toBe("a\u202eb");
  expect(shown()).toContain("One\\x1b[2J? [a\\u202eb]: ");
});

test.each([
  ["Ctrl-C", "\x03"],
  ["Ctrl-D", "\x04"],
])("%s at a question interrupts the program", async (_name, key) => {
  const { dialog, interrupt } = openDialog([key]);
  await expect(dialog.ask("One?", "")).rejects.toSatisfy(isAbort);
  expect(interrupt.signal.aborted).toBe(true);
});
