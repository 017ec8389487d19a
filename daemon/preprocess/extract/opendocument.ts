import { oneLine } from "../../core/one-line.ts";
import { type Archive, openArchive } from "../archive.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { createTextWriter } from "../text-writer.ts";
import { readXml } from "../xml.ts";
import { ODF_SPACES, readOdfBody } from "./opendocument/body.ts";

/**
 * The text of an OpenDocument text or presentation as Markdown: headings, lists, tables, notes, comments; each slide below
 * its title, with the speaker's notes. Treats tracked changes as accepted, and leaves out hidden text, headers and footers.
 */
export async function extractOpenDocument({ bytes }: FileContent): Promise<Extracted> {
  const archive = await openArchive(bytes);
  if (archive.encrypted || (await isEncrypted(archive))) return { skipped: "encrypted" };
  const content = await archive.open("content.xml");
  if (content === undefined) throw new Error("it has no text part");
  const writer = createTextWriter();
  const { hidden_chars, hidden_slides, title } = await readOdfBody(content, writer);
  const { text, headings, warnings } = writer.finish();
  if (hidden_slides > 0) {
    const message = `Slides that the file hides were left out: ${hidden_slides}.`;
    warnings.unshift({ code: "hidden_slide", message });
  }
  if (hidden_chars > 0) {
    const message = `Text that the document hides was left out: ${hidden_chars} characters.`;
    warnings.unshift({ code: "hidden_text", message });
  }
  const metadata = await readMetadata(archive);
  return {
    title: metadata["title"] ?? title,
    text,
    headings,
    metadata,
    warnings,
  };
}

async function isEncrypted(archive: Archive): Promise<boolean> {
  const manifest = await archive.open("META-INF/manifest.xml");
  let isFound = false;
  if (manifest === undefined) return false;
  const open = (name: string): void => {
    isFound ||= name === "encryption-data";
  };
  await readXml(manifest, {}, { open, close() {}, text() {} });
  return isFound;
}

const FIELDS: Readonly<Record<string, string>> = {
  "dc:title": "title",
  "meta:initial-creator": "author",
  "dc:creator": "last_author",
  "dc:subject": "subject",
  "meta:keyword": "keywords",
  "dc:date": "date",
  "meta:creation-date": "created",
};

async function readMetadata(archive: Archive): Promise<Record<string, string>> {
  const part = await archive.open("meta.xml");
  const found: Record<string, string> = {};
  if (part === undefined) return found;
  let field: string | undefined;
  await readXml(part, ODF_SPACES, {
    open(name) {
      field = FIELDS[name];
      // Each keyword is an element of its own.
      if (field !== undefined && field in found) found[field] += ", ";
    },
    close() {
      field = undefined;
    },
    text(text) {
      const value = oneLine(text);
      if (field !== undefined && value !== "") found[field] = `${found[field] ?? ""}${value}`;
    },
  });
  return found;
}
