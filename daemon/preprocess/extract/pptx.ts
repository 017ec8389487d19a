import { oneLine } from "../../core/one-line.ts";
import { type Archive, openArchive } from "../archive.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { readOfficeProperties, readRelations } from "../office.ts";
import { createTextWriter } from "../text-writer.ts";
import { readXml } from "../xml.ts";
import { readShapes } from "./pptx/shapes.ts";
import { createSlides } from "./slides.ts";

/**
 * The text of a PowerPoint presentation as Markdown: each slide below a heading with its title, its lists and tables, then
 * the speaker's notes and comments. Leaves out hidden slides, numbers, dates and footers.
 */
export async function extractPptx({ bytes }: FileContent): Promise<Extracted> {
  const archive = await openArchive(bytes);
  if (archive.encrypted) return { skipped: "encrypted" };
  const writer = createTextWriter();
  const slides = createSlides(writer);
  let hidden = 0;
  for (const name of await listSlides(archive)) {
    const part = await archive.open(name);
    if (part === undefined) continue;
    const { shapes, is_hidden } = await readShapes(part);
    slides.begin();
    if (is_hidden) {
      hidden += 1;
      continue;
    }
    for (const shape of shapes) {
      if ("rows" in shape) slides.addTable(shape.rows);
      else slides.add(shape.text, shape.place, shape.is_title);
    }
    await addOtherParts(archive, name, slides);
    slides.end();
  }
  const { text, headings, warnings } = writer.finish();
  if (hidden > 0) {
    const message = `Slides that the file hides were left out: ${hidden}.`;
    warnings.unshift({ code: "hidden_slide", message });
  }
  const metadata = await readOfficeProperties(archive);
  const given = metadata["title"] ?? "";
  const title = isTitle(given) ? given : slides.title();
  return { title, text, headings, metadata, warnings };
}

/** Whether a presentation's title was written by a person. */
function isTitle(given: string): boolean {
  return given !== "" && !/^(?:powerpoint presentation|slide 1)$/iu.test(given);
}

const RELATIONS = "schemas.openxmlformats.org/officeDocument/2006/relationships";
const RELATION_SPACES: Readonly<Record<string, string>> = {
  [`http://${RELATIONS}`]: "r",
  "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
};

const MAIN = "ppt/presentation.xml";

/** The parts of the slides, in the order in which they are shown. */
async function listSlides(archive: Archive): Promise<string[]> {
  const root = await readRelations(archive, "");
  const main = root.find(({ type }) => type.endsWith("/officeDocument"))?.target ?? MAIN;
  const part = await archive.open(main);
  if (part === undefined) throw new Error("it has no text part");
  const relations = await readRelations(archive, main);
  const ids: string[] = [];
  await readXml(part, RELATION_SPACES, {
    open(name, attribute) {
      const id = name === "sldId" ? attribute("r:id") : undefined;
      if (id !== undefined) ids.push(id);
    },
    close() {},
    text() {},
  });
  return ids.flatMap((id) => relations.find((one) => one.id === id)?.target ?? []);
}

/** Adds what belongs to a slide and is in parts of its own. */
async function addOtherParts(
  archive: Archive,
  slide: string,
  slides: ReturnType<typeof createSlides>,
): Promise<void> {
  const relations = await readRelations(archive, slide);
  for (const { target } of relations.filter(({ type }) => type.endsWith("/diagramData"))) {
    const diagram = await archive.open(target);
    const { shapes } = diagram === undefined ? { shapes: [] } : await readShapes(diagram);
    for (const shape of shapes) if ("text" in shape) slides.add(shape.text, {}, false);
  }
  const notes = relations.find(({ type }) => type.endsWith("/notesSlide"));
  const part = notes && (await archive.open(notes.target));
  if (part !== undefined) {
    slides.beginNotes();
    const { shapes } = await readShapes(part);
    for (const shape of shapes) if ("text" in shape) slides.add(shape.text, {}, false);
  }
  for (const { target } of relations.filter(({ type }) => type.endsWith("/comments"))) {
    for (const comment of await readComments(archive, target)) slides.addComment(comment);
  }
}

/** The texts of a part with comments. */
async function readComments(archive: Archive, name: string): Promise<string[]> {
  const part = await archive.open(name);
  const comments: string[] = [];
  let isText = false;
  if (part === undefined) return comments;
  await readXml(
    part,
    {},
    {
      open(element) {
        if (element === "cm") comments.push("");
        isText = element === "text" || element === "t";
      },
      close() {
        isText = false;
      },
      text(text) {
        if (isText && comments.length > 0) comments.push(`${comments.pop() ?? ""}${text}`);
      },
    },
  );
  return comments.map(oneLine).filter((text) => text !== "");
}
