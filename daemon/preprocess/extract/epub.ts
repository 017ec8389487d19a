import { oneLine } from "../../core/one-line.ts";
import { type Archive, openArchive } from "../archive.ts";
import { decodeSource } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { LIMITS } from "../limits.ts";
import { joinSections, type Section } from "../sections.ts";
import { readXml } from "../xml.ts";
import { readHtml } from "./html/text.ts";

/** The text of an EPUB book, chapter by chapter, in reading order. */
export async function extractEpub({ bytes }: FileContent): Promise<Extracted> {
  const archive = await openArchive(bytes);
  if (archive.encrypted || (await hasLockedText(archive))) return { skipped: "encrypted" };
  const { metadata, chapters } = await readPackage(archive);
  const sections: Section[] = [];
  let chars = 0;
  for (const name of chapters) {
    if (chars > LIMITS.text_chars) break;
    const part = await archive.open(name);
    if (part === undefined) continue;
    const pieces: Uint8Array[] = [];
    for await (const piece of part) pieces.push(piece);
    const section = readHtml(decodeSource(Buffer.concat(pieces)).text, "all");
    chars += section.text.length;
    sections.push(section);
  }
  return { title: metadata["title"] ?? null, metadata, ...joinSections(sections) };
}

/** Whether more than the fonts of a book is encrypted. */
async function hasLockedText(archive: Archive): Promise<boolean> {
  const part = await archive.open("META-INF/encryption.xml");
  let isFound = false;
  if (part === undefined) return false;
  await readXml(
    part,
    {},
    {
      open(name, attribute) {
        const target = name === "CipherReference" ? attribute("URI") : undefined;
        if (target !== undefined && /\.x?html?$/iu.test(target)) isFound = true;
      },
      close() {},
      text() {},
    },
  );
  return isFound;
}

const FIELDS: Readonly<Record<string, string>> = {
  title: "title",
  creator: "author",
  subject: "subject",
  publisher: "publisher",
  language: "language",
  date: "date",
};

/** What the book says of itself, and the names of its chapters. @throws if it has no such part */
async function readPackage(
  archive: Archive,
): Promise<{ metadata: Record<string, string>; chapters: string[] }> {
  const name = (await findPackage(archive)) ?? archive.names().find((one) => one.endsWith(".opf"));
  const part = name === undefined ? undefined : await archive.open(name);
  if (name === undefined || part === undefined) throw new Error("it has no list of chapters");
  const metadata: Record<string, string> = {};
  const files = new Map<string, string>();
  const chapters: string[] = [];
  let field: string | undefined;
  await readXml(
    part,
    { "http://purl.org/dc/elements/1.1/": "dc" },
    {
      open(element, attribute) {
        field = element.startsWith("dc:") ? FIELDS[element.slice(3)] : undefined;
        if (field !== undefined && field in metadata) metadata[field] += ", ";
        if (element === "item") files.set(attribute("id") ?? "", attribute("href") ?? "");
        const id = element === "itemref" ? attribute("idref") : undefined;
        if (id !== undefined) chapters.push(id);
      },
      close() {
        field = undefined;
      },
      text(text) {
        const value = oneLine(text);
        if (field !== undefined && value !== "") {
          metadata[field] = `${metadata[field] ?? ""}${value}`;
        }
      },
    },
  );
  const directory = name.slice(0, name.lastIndexOf("/") + 1);
  const names = chapters.flatMap((id) => {
    const file = files.get(id);
    return file === undefined ? [] : [pathOf(directory, file)];
  });
  return { metadata, chapters: names };
}

async function findPackage(archive: Archive): Promise<string | undefined> {
  const part = await archive.open("META-INF/container.xml");
  let found: string | undefined;
  if (part === undefined) return undefined;
  await readXml(
    part,
    {},
    {
      open(name, attribute) {
        if (name === "rootfile") found ??= attribute("full-path");
      },
      close() {},
      text() {},
    },
  );
  return found;
}

/** The name in the archive of what a package refers to. */
function pathOf(directory: string, reference: string): string {
  try {
    const { pathname } = new URL(reference, `file:///${directory}`);
    return decodeURIComponent(pathname).slice(1);
  } catch {
    return `${directory}${reference}`;
  }
}
