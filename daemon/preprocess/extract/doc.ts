import WordExtractor from "word-extractor";
import type { Extracted, FileContent } from "../extractor.ts";
import { createTextWriter } from "../text-writer.ts";

/** The text of a Word document of before 2007, then its notes and comments. Leaves out headers and footers. */
export async function extractDoc({ bytes }: FileContent): Promise<Extracted> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const document = await new WordExtractor().extract(buffer);
  const writer = createTextWriter();
  for (const paragraph of document.getBody().split("\n")) {
    writer.block(tidy(paragraph));
  }
  for (const [name, text] of [
    ["Text boxes", document.getTextboxes({ includeBody: true, includeHeadersAndFooters: false })],
    ["Footnotes", document.getFootnotes()],
    ["Endnotes", document.getEndnotes()],
    ["Comments", document.getAnnotations()],
  ] as const) {
    if (!/\S/u.test(text)) continue;
    writer.heading(2, name);
    for (const paragraph of text.split("\n")) writer.block(tidy(paragraph));
  }
  return { title: null, metadata: {}, ...writer.finish() };
}

/** The cells of a row are separated by tabs. */
function tidy(paragraph: string): string {
  return paragraph.replaceAll(/\t+/gu, "\t").trim();
}
