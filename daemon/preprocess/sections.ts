import type { Document } from "../protocol/document.ts";
import { cleanText } from "./clean.ts";

/** A part of a document's text. */
export type Section = Pick<Document, "text" | "headings" | "warnings">;

/** Sections one below the other, with a blank line between them. */
export function joinSections(sections: readonly Section[]): Section {
  const lines: string[] = [];
  const headings: Section["headings"] = [];
  for (const section of sections.filter(({ text }) => text.trim() !== "")) {
    if (lines.length > 0) lines.push("");
    const above = lines.length;
    for (const heading of section.headings) {
      headings.push({ ...heading, line: heading.line + above });
    }
    for (const line of section.text.trimEnd().split("\n")) lines.push(line);
  }
  const warnings = sections.flatMap((section) => section.warnings);
  return { text: `${lines.join("\n")}\n`, headings, warnings };
}

/** Sections below a heading; their warnings name the part that they are about. */
export function underHeading(heading: string, name: string, sections: readonly Section[]): Section {
  const { text } = cleanText(heading);
  const above = { text: `## ${text}`, headings: [{ level: 2, text, line: 0 }], warnings: [] };
  const { warnings, ...section } = joinSections([above, ...sections]);
  return {
    ...section,
    warnings: warnings.map(({ code, message }) => ({ code, message: `${name}: ${message}` })),
  };
}
