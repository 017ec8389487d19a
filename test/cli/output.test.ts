import { expect, test } from "vitest";
import { RunnerError } from "../../daemon/core/errors.ts";
import { captureOutput } from "./captured-output.ts";

test("a result is rendered for people, with its strings escaped", () => {
  const { output, stdout, stderr } = captureOutput();
  output.show({ title: "a\x1b[2J" }, ({ title }) => [`task ${title}`, "end"]);
  expect(stdout()).toBe("task a\\x1b[2J\nend\n");
  expect(stderr()).toBe("");
});

test("with --json a result is one document on one line", () => {
  const { output, stdout } = captureOutput({ json: true });
  output.show({ title: "a\u202eb" }, () => ["never"]);
  expect(stdout()).toBe('{"title":"a\\u202eb"}\n');
});

test("with --json on a terminal the document is indented", () => {
  const { output, stdout } = captureOutput({ json: true, isTTY: true });
  output.show({ a: 1 }, () => []);
  expect(stdout()).toBe('{\n  "a": 1\n}\n');
});

test("the width is the terminal's, or 100 columns where it does not say, and a pipe has no end", () => {
  const widths: number[] = [];
  for (const terminal of [{ isTTY: true, columns: 42 }, { isTTY: true }, { columns: 42 }, {}]) {
    const { output } = captureOutput(terminal);
    output.show({}, (_document, { width }) => [String(widths.push(width))]);
  }
  expect(widths).toEqual([42, 100, Infinity, Infinity]);
});

test("text of the program's own is printed as it stands, and with --json its document instead", () => {
  const [plain, json] = [captureOutput(), captureOutput({ json: true })];
  for (const { output } of [plain, json]) output.print("Usage:\n", { help: "Usage:\n" });
  expect(plain.stdout()).toBe("Usage:\n");
  expect(json.stdout()).toBe('{"help":"Usage:\\n"}\n');
});

test("an error goes to stderr with its hint, several lines indented, escaped", () => {
  const { output, stdout, stderr } = captureOutput();
  output.fail(new RunnerError("config_invalid", "line 3\nline\x07 4", { hint: "mend it" }));
  expect(stderr()).toBe("error: line 3\n  line\\x07 4\n  mend it\n");
  expect(stdout()).toBe("");
});

test("with --json an error is the document, with its facts", () => {
  const { output, stdout, stderr } = captureOutput({ json: true });
  output.fail(new RunnerError("run_in_progress", "busy", { data: { run_id: "run_1" } }));
  expect(JSON.parse(stdout())).toEqual({
    error: { code: "run_in_progress", kind: "user", message: "busy", hint: null, run_id: "run_1" },
  });
  expect(stderr()).toBe("");
});

test("a line is redrawn in place on a terminal, clipped, and gone before anything else is printed", () => {
  const { output, stderr } = captureOutput({ isTTY: true, columns: 10 });
  output.redraw("1 of 2 files");
  output.redraw("2 of 2");
  output.note("ready");
  expect(stderr()).toBe("1 of 2 f…\r\x1b[2K2 of 2\r\x1b[2Kready\n");
});

test("nothing is redrawn where stderr is no terminal", () => {
  const { output, stderr } = captureOutput();
  output.redraw("1 of 2");
  expect(output.canRedraw).toBe(false);
  expect(stderr()).toBe("");
});
