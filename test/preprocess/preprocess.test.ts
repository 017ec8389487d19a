import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { extract } from "../../daemon/preprocess/extract.ts";
import { openIsolate } from "../../daemon/preprocess/isolate.ts";
import { type Snapshot, preprocess } from "../../daemon/preprocess/preprocess.ts";
import { readSnapshot } from "../../daemon/preprocess/snapshot.ts";
import { documentSchema } from "../../daemon/protocol/document.ts";
import { testFolder } from "../helper/folder.ts";

const snapshotOf = (content: string | Uint8Array): Snapshot => {
  const bytes = Buffer.from(content);
  return { bytes, hash: "", size: bytes.length, mtime_ms: 0, ctime_ms: 0, inode: 0 };
};

const isolate = openIsolate();
afterAll(() => isolate[Symbol.asyncDispose]());

test("a path goes in and a document comes out", async () => {
  using folder = testFolder({
    "in/Plan.md": "\ufeff---\nauthor: Ann\n---\n# Plan\r\n- [ ] call Bob\r\n",
  });
  const result = await readSnapshot(folder.file("in/Plan.md"), { maxBytes: 1000 });
  if (result.outcome !== "read") throw new Error(`expected a snapshot, got ${result.outcome}`);
  expect(await preprocess(result.snapshot, "Plan.md", { isolate })).toEqual({
    outcome: "document",
    document: {
      content_type: "text/markdown",
      title: "Plan",
      text: "# Plan\n- [ ] call Bob\n",
      headings: [{ level: 1, text: "Plan", line: 0 }],
      metadata: { author: "Ann" },
      warnings: [],
    },
  });
});

test.each([
  ["a picture", "a.png", "\u0089PNG\r\n\u001a\n", "unsupported"],
  ["white space", "a.txt", " \n\t\r\n", "empty"],
  ["invisible characters", "a.md", "\ufeff\u200b\n", "empty"],
  ["front matter without a value", "a.md", "---\ntitle:\n---\n", "empty"],
  ["front matter alone", "a.md", "---\ntitle: x\n---\n", "document"],
])("%s gives no document but a reason", async (_, name, content, expected) => {
  const result = await preprocess(snapshotOf(Buffer.from(content, "utf8")), name, { isolate });
  expect(result.outcome === "skipped" ? result.reason : result.outcome).toBe(expected);
});

test("whatever goes wrong inside fails this file alone, with its name and cause", async () => {
  const cause = new Error("out of pages");
  const broken = {
    name: "a.md",
    content_type: "text/markdown",
    get bytes(): Uint8Array {
      throw cause;
    },
  };
  await expect(extract(broken)).rejects.toMatchObject({
    code: "decoding_failed",
    kind: "job",
    message: "Could not make a document of a.md: out of pages.",
    cause,
  });
});

test("any bytes under any name give a valid document or a reason", async () => {
  const line = fc.constantFrom(
    "---",
    "a: b",
    "# A",
    "```",
    "<!--",
    "- [ ] x",
    "===",
    "\0",
    "\u200b",
    "é",
    "&a *a",
  );
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(line, { maxLength: 12 }).map((lines) => Buffer.from(lines.join("\n"))),
    fc.array(line, { maxLength: 12 }).map((lines) => Buffer.from(lines.join("\r\n"), "utf16le")),
  );
  const name = fc.constantFrom("a.md", "a.txt", "a", "a.csv", "a.bin", "a.eml", "a.html");
  await fc.assert(
    fc.asyncProperty(content, name, async (bytes, fileName) => {
      const result = await preprocess(snapshotOf(bytes), fileName, { isolate });
      if (result.outcome === "skipped") return;
      const { text, headings } = documentSchema.parse(result.document);
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toMatch(/[\p{Cc}--[\t\n]]/v);
      const lines = text.split("\n");
      for (const heading of headings) expect(lines[heading.line]).toMatch(/\S/);
    }),
    { numRuns: 1000 },
  );
});

// Each would take minutes where a pattern or a parser looks at the same text again and again.
const HOSTILE: [what: string, text: string][] = [
  ["quotes in quotes", ">".repeat(200_000)],
  ["brackets in brackets", "[".repeat(200_000)],
  ["links in a heading", `# ${"[a](".repeat(200_000)}`],
  ["emphasis in a heading", `# ${"*_".repeat(500_000)}`],
  ["a heading of spaces", `# ${" ".repeat(2_000_000)}`],
  ["a heading of marks", `# ${"#".repeat(2_000_000)}`],
  ["headings", "# [![a](b)](c) **d** `e`\n".repeat(100_000)],
  ["code fences", "```\n~~~\n".repeat(300_000)],
  ["comments", "<!--\n".repeat(400_000)],
  ["the beginnings of terminal sequences", "\u001b[0;".repeat(500_000)],
  ["invisible characters", "a\u200d\u200b\ufe0f".repeat(500_000)],
  ["front matter without end", "---\n".repeat(1_000_000)],
  ["nested mappings in front matter", `---\na: ${"{a: ".repeat(15_000)}\n---\n`],
];
test.each(HOSTILE)("a text of %s is read in one go", async (_, text) => {
  const result = await preprocess(snapshotOf(text), "a.md", { isolate });
  expect(result.outcome).toBe("document");
});

const CORPUS =
  process.env["AGENT_RUNNER_CORPUS"] ??
  path.resolve(import.meta.dirname, "../../../shared/corpus/markitdown");
const corpus = listFiles(CORPUS);

test.runIf(corpus.length > 0)(
  "each document of the corpus, if it is there, is read or recognised",
  async () => {
    const results: Record<string, string> = {};
    for (const file of corpus) {
      const name = path.basename(file);
      const result = await preprocess(snapshotOf(readFileSync(file)), name, { isolate });
      results[name] = result.outcome === "skipped" ? result.reason : result.document.content_type;
    }
    expect(results).toMatchObject({
      "random.bin": "unsupported",
      "MEDRPT-2024-PAT-3847_medical_report_scan.pdf": "no_text",
      "test.pdf": "application/pdf",
      "test_mskanji.csv": "text/csv",
      "test_blog.html": "text/html",
      "test_rss.xml": "application/xml",
      "test_notebook.ipynb": "application/x-ipynb+json",
    });
  },
);

function listFiles(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(directory, entry.name));
  } catch {
    return [];
  }
}
