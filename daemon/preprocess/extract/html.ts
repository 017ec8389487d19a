import { decodeSource } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { readHtml } from "./html/text.ts";

// Where browsers look for it: the HTML standard, 13.2.3.2.
const CHARSET_BYTES = 1_024;
const CHARSET = /<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)/i;

/** The main part of a page as Markdown: headings, paragraphs, lists and tables, without menus and the like. */
export function extractHtml({ bytes }: FileContent): Extracted {
  const start = Buffer.from(bytes.subarray(0, CHARSET_BYTES)).toString("latin1");
  const decoded = decodeSource(bytes, CHARSET.exec(start)?.[1]);
  const page = readHtml(decoded.text, "content");
  return { ...page, warnings: [...decoded.warnings, ...page.warnings] };
}
