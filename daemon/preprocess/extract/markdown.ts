import type { Document } from "../../protocol/document.ts";
import { decode } from "../decode.ts";
import type { FileContent } from "../extractor.ts";
import { readFrontMatter } from "../front-matter.ts";
import { readHeadings } from "../heading.ts";

/** Markdown, unchanged except for the front matter, which becomes the metadata. */
export function extractMarkdown(input: FileContent): Omit<Document, "content_type"> {
  const decoded = decode(input.bytes);
  const { metadata, body, unread_lines, warnings } = readFrontMatter(decoded.text);
  const headings = readHeadings(body, unread_lines);
  return {
    title: findTitle(metadata["title"], headings),
    // If a file is only front matter, that is its text.
    text: /\S/.test(body) || Object.keys(metadata).length === 0 ? body : decoded.text,
    headings,
    metadata,
    warnings: [...decoded.warnings, ...warnings],
  };
}

function findTitle(
  given: string | string[] | undefined,
  headings: Document["headings"],
): string | null {
  if (typeof given === "string") return given.replace(/\s+/g, " ");
  const heading = headings.find(({ level }) => level === 1) ?? headings[0];
  return heading?.text ?? null;
}
