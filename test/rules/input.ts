import { type Outline, readOutline } from "../../daemon/rules/outline.ts";
import type { Document, Frame } from "../../daemon/protocol/document.ts";

/** A Markdown document of this text, as preprocessing gives one without headings of its own. */
export function documentOf(text: string, changes: Partial<Document> = {}): Document {
  return {
    content_type: "text/markdown",
    title: null,
    text,
    headings: [],
    metadata: {},
    warnings: [],
    ...changes,
  };
}

export function outlineOf(text: string, changes: Partial<Document> = {}): Outline {
  return readOutline(documentOf(text, changes), "a.txt");
}

/** A frame whose file was last changed at local noon on Friday, 2026-11-20. */
export function frameOf(changes: Partial<Frame> = {}): Frame {
  return {
    fence: "f",
    today: "2026-11-24",
    file_name: "weekly-sync.md",
    relative_path: "weekly-sync.md",
    modified_at: new Date(2026, 10, 20, 12).toISOString(),
    projects: [],
    earlier: [],
    ...changes,
  };
}
