import { expect, test } from "vitest";
import { extract } from "../../../daemon/preprocess/extract.ts";

const read = (notebook: unknown) =>
  extract({
    bytes: Buffer.from(JSON.stringify(notebook)),
    name: "a.ipynb",
    content_type: "application/x-ipynb+json",
  });

test("a notebook is its cells: Markdown as it is, code and what it printed as code", async () => {
  const cells = [
    { cell_type: "markdown", source: ["# Plan\n", "- [ ] call Ann"] },
    {
      cell_type: "code",
      source: "print(`1`)",
      outputs: [{ text: ["1\n"] }, { data: { "text/plain": "2", "image/png": "AAAA" } }],
    },
  ];
  expect(await read({ cells })).toMatchObject({
    document: {
      title: "Plan",
      text: "# Plan\n- [ ] call Ann\n\n```\nprint(`1`)\n```\n\n```\n1\n```\n\n```\n2\n```\n",
      headings: [{ level: 1, text: "Plan", line: 0 }],
    },
  });
});

test("what only has a notebook's name fails", async () => {
  await expect(read({ a: 1 })).rejects.toMatchObject({ code: "decoding_failed" });
});
