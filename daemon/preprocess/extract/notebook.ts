import { z } from "zod";
import { decodeSource } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { readHeadings } from "../heading.ts";
import { createTextWriter } from "../text-writer.ts";

const lines = z
  .union([z.string(), z.array(z.string())])
  .transform((text) => [text].flat().join(""));
const output = z.object({
  text: lines.optional(),
  data: z.object({ "text/plain": lines.optional() }).optional(),
});
// nbformat 4. The rest of a notebook is for the program that runs it.
const notebook = z.object({
  cells: z.array(
    z.object({ cell_type: z.string(), source: lines, outputs: z.array(output).optional() }),
  ),
});

// The beginning of an output shows what it is.
const OUTPUT_CHARS = 2_000;

/** The cells of a notebook in their order: Markdown unchanged, code and its text output as code. */
export function extractNotebook({ bytes }: FileContent): Extracted {
  const decoded = decodeSource(bytes);
  const { cells } = notebook.parse(JSON.parse(decoded.text));
  const writer = createTextWriter();
  for (const { cell_type, source, outputs = [] } of cells) {
    if (cell_type === "code") writer.code(source);
    else writer.block(source.trim());
    for (const { text, data } of outputs) {
      writer.code((text ?? data?.["text/plain"] ?? "").slice(0, OUTPUT_CHARS));
    }
  }
  const { text, warnings } = writer.finish();
  const headings = readHeadings(text, 0);
  return {
    title: headings[0]?.text ?? null,
    text,
    headings,
    metadata: {},
    warnings: [...decoded.warnings, ...warnings],
  };
}
