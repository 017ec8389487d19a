import { decode } from "../decode.ts";
import type { FileContent } from "../extractor.ts";
import type { Document } from "../../protocol/document.ts";

// A longer first line is prose.
const TITLE_CHARS = 120;

/** Text, unchanged. Its first line is the title if it looks like one. */
export function extractText(input: FileContent): Omit<Document, "content_type"> {
  const { text, warnings } = decode(input.bytes);
  const title = input.content_type === "text/plain" ? findTitle(text) : null;
  return { title, text, headings: [], metadata: {}, warnings };
}

function findTitle(text: string): string | null {
  const start = text.trimStart();
  const line = start.slice(0, start.search(/\n|$/)).trimEnd();
  return line.length <= TITLE_CHARS && /^["'“„«‘¿¡(]?[\p{L}\p{N}]/u.test(line) ? line : null;
}
