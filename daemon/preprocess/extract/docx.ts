import { oneLine } from "../../core/one-line.ts";
import { type Archive, openArchive } from "../archive.ts";
import { readNumbering, readStyles } from "./docx/style.ts";
import { type DocxContext, readBody } from "./docx/body.ts";
import { type Note, readNotes } from "./docx/note.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { readOfficeProperties, readRelations } from "../office.ts";
import { createTextWriter, type TextWriter } from "../text-writer.ts";

/**
 * The text of a Word document as Markdown: headings, lists with their numbers, tables, foot- and endnotes,
 * comments. Treats tracked changes as accepted; leaves out headers and footers.
 */
export async function extractDocx({ bytes }: FileContent): Promise<Extracted> {
  const archive = await openArchive(bytes);
  if (archive.encrypted) return { skipped: "encrypted" };
  const main = await findMainPart(archive);
  const body = main === undefined ? undefined : await archive.open(main);
  if (main === undefined || body === undefined) throw new Error("it has no text part");
  const part = (name: string) => archive.open(`${main.slice(0, main.lastIndexOf("/") + 1)}${name}`);

  const context: DocxContext = {
    styles: await readStyles(await part("styles.xml")),
    numbering: await readNumbering(await part("numbering.xml")),
  };
  const writer = createTextWriter();
  const { references, hidden_chars, title } = await readBody(body, context, writer);
  const notes = [
    ...(await readNotes(await part("footnotes.xml"), "footnote")),
    ...(await readNotes(await part("endnotes.xml"), "endnote")),
  ];
  writeNotes(
    notes.filter(({ kind, id }) => references.has(`${kind} ${id}`)),
    writer,
  );
  writeComments(await readNotes(await part("comments.xml"), "comment"), writer);

  const { text, headings, warnings } = writer.finish();
  if (hidden_chars > 0) {
    const message = `Text that the document hides was left out: ${hidden_chars} characters.`;
    warnings.unshift({ code: "hidden_text", message });
  }
  const metadata = await readOfficeProperties(archive);
  return {
    title: metadata["title"] ?? title ?? headings[0]?.text ?? null,
    text,
    headings,
    metadata,
    warnings,
  };
}

function writeNotes(notes: readonly Note[], writer: TextWriter): void {
  for (const { kind, id, text } of notes) {
    writer.block(`[^${kind === "endnote" ? "e" : ""}${id}]: ${oneLine(text)}`);
  }
}

function writeComments(comments: readonly Note[], writer: TextWriter): void {
  if (comments.length > 0) writer.heading(2, "Comments");
  for (const { author, date, text } of comments) {
    const by = [author, date?.slice(0, 10)].filter(Boolean).join(", ");
    writer.block(`${by === "" ? "" : `${by}: `}${oneLine(text)}`, { indent: 2, marker: "- " });
  }
}

/** Finds the name of the part with the text in the archive's list of relations. */
async function findMainPart(archive: Archive): Promise<string | undefined> {
  const relations = await readRelations(archive, "");
  const target = relations.find(({ type }) => type.endsWith("/officeDocument"))?.target;
  return target ?? archive.names().find((name) => name === "word/document.xml");
}
