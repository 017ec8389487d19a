import type { Warning } from "../../protocol/warning.ts";
import { createRequire } from "node:module";
import path from "node:path";
import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist";
import { getDocument, PasswordException } from "pdfjs-dist/legacy/build/pdf.min.mjs";
import * as worker from "pdfjs-dist/legacy/build/pdf.worker.min.mjs";
import { isRecord } from "../../core/record.ts";
import { cleanText } from "../clean.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { LIMITS } from "../limits.ts";
import { type Block, type Run, layOut } from "./pdf/layout.ts";
import { writePages } from "./pdf/text.ts";

// With this pdf.js starts no worker. This is a process of its own already.
Object.assign(globalThis, { pdfjsWorker: worker });

const PACKAGE = path.dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));

const MAX_PAGES = 5_000;
// For one page and for all. A page of small print has some thousands.
const MAX_PAGE_RUNS = 50_000;
const MAX_RUNS = 1_000_000;

/** The text of a PDF in reading order: whole paragraphs, tables with a line for each row. */
export async function extractPdf({ bytes }: FileContent): Promise<Extracted> {
  const loading = getDocument({
    data: Uint8Array.from(bytes),
    cMapUrl: path.join(PACKAGE, "cmaps/"),
    standardFontDataUrl: path.join(PACKAGE, "standard_fonts/"),
    disableFontFace: true,
    useSystemFonts: false,
    useWasm: false,
    enableXfa: false,
    verbosity: 0,
  });
  try {
    return await readDocument(await loading.promise);
  } catch (error) {
    if (error instanceof PasswordException) return { skipped: "encrypted" };
    throw error;
  } finally {
    await loading.destroy();
  }
}

async function readDocument(pdf: PDFDocumentProxy): Promise<Extracted> {
  const read = await readPages(pdf);
  const { pages, empty, unread } = read;
  const fields = await readFields(pdf);
  if (unread === pages.length) throw new Error("none of its pages can be read");
  if (empty + unread === pages.length && fields.length === 0) return { skipped: "no_text" };

  const { text, headings, warnings } = writePages(pages, fields);
  const metadata = await readMetadata(pdf);
  return {
    title: metadata["title"] ?? headings.find(isTitle)?.text ?? null,
    text,
    headings,
    metadata,
    warnings: [...listWarnings(read, pdf.numPages), ...warnings],
  };
}

interface ReadPages {
  pages: Block[][];
  /** How many pages had no text. */
  empty: number;
  /** How many pages could not be read. */
  unread: number;
  /** The numbers of pages that were cut. */
  cut: number[];
}

async function readPages(pdf: PDFDocumentProxy): Promise<ReadPages> {
  const read: ReadPages = { pages: [], empty: 0, unread: 0, cut: [] };
  let runs = 0;
  let chars = 0;
  for (let number = 1; number <= Math.min(pdf.numPages, MAX_PAGES); number += 1) {
    if (runs >= MAX_RUNS || chars > LIMITS.text_chars) break;
    try {
      const page = await pdf.getPage(number);
      const found = await readRuns(page);
      page.cleanup();
      if (found.length === MAX_PAGE_RUNS) read.cut.push(number);
      if (!found.some(({ text }) => /\S/.test(text))) read.empty += 1;
      runs += found.length;
      chars += found.reduce((sum, { text }) => sum + text.length, 0);
      read.pages.push(layOut(found));
    } catch {
      read.unread += 1;
      read.pages.push([]);
    }
  }
  return read;
}

function listWarnings({ pages, empty, unread, cut }: ReadPages, pageCount: number): Warning[] {
  const warnings: Warning[] = [];
  if (pages.length < pageCount) {
    const message = `Only the first ${pages.length} of ${pageCount} pages were read.`;
    warnings.push({ code: "pages_beyond_limit", message });
  }
  for (const number of cut) {
    const message = `Page ${number} holds too much; only its beginning was read.`;
    warnings.push({ code: "page_truncated", message });
  }
  if (unread > 0) {
    const message = `${unread} of ${pages.length} pages could not be read.`;
    warnings.push({ code: "pages_unread", message });
  }
  if (empty > 0) {
    const message = `${empty} of ${pages.length} pages had no text; they may be pictures.`;
    warnings.push({ code: "pages_without_text", message });
  }
  return warnings;
}

/** Whether a heading can be the title. The first one may head a part: "1 Introduction". */
function isTitle({ text }: { text: string }): boolean {
  return !/^[\dIVX]+[. ]/.test(text);
}

/** The runs of text on a page, in the order of the file. */
async function readRuns(page: PDFPageProxy): Promise<Run[]> {
  const runs: Run[] = [];
  const reader = page.streamTextContent().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return runs;
    for (const item of value.items) {
      if (!("str" in item)) continue;
      const [a = 1, b = 0, c = 0, d = 1, x = 0, y = 0] = item.transform;
      const size = Math.hypot(c, d) || Math.hypot(a, b) || 1;
      runs.push({
        text: cleanText(item.str).text,
        x,
        y,
        width: item.width,
        size,
        rightToLeft: item.dir === "rtl",
      });
      if (runs.length === MAX_PAGE_RUNS) {
        // Without a reason pdf.js keeps writing to the closed stream.
        await reader.cancel(new Error("enough was read"));
        return runs;
      }
    }
  }
}

/** The values in the fields of a form, which are not in the text of any page. */
async function readFields(pdf: PDFDocumentProxy): Promise<[name: string, value: string][]> {
  const fields = (await pdf.getFieldObjects().catch(() => null)) ?? {};
  return Object.entries(fields).flatMap(([name, widgets]): [string, string][] => {
    const values = Array.isArray(widgets) ? widgets.map(valueOf) : [];
    const value = values.find((given) => given.trim() !== "" && given !== "Off");
    return value === undefined ? [] : [[name, value]];
  });
}

function valueOf(widget: unknown): string {
  const value = isRecord(widget) ? widget["value"] : undefined;
  return typeof value === "string" ? value : "";
}

// What programs write if there is no title or author.
const NO_TITLE =
  /^(?:\(?(?:anonymous|untitled|unknown)\)?|document\d*|powerpoint presentation|microsoft word - .*|.*\.(?:docx?|indd|odt|pdf|qxd|rtf|tex|xlsx?))$/i;
const NO_AUTHOR = /^\(?(?:anonymous|unspecified|unknown|user|author)\)?$/i;

async function readMetadata(pdf: PDFDocumentProxy): Promise<Record<string, string>> {
  const said: Record<string, unknown> = await pdf
    .getMetadata()
    .then(({ info }) => ({ ...info }))
    .catch(() => ({}));
  const fieldOf = (name: string, none: RegExp): string => {
    const value = said[name];
    return typeof value === "string" && !none.test(value.trim()) ? value.trim() : "";
  };
  const date = /^D:(\d{4})(\d\d)?(\d\d)?/.exec(fieldOf("CreationDate", NO_AUTHOR));
  const metadata = {
    title: fieldOf("Title", NO_TITLE),
    author: fieldOf("Author", NO_AUTHOR),
    subject: fieldOf("Subject", NO_AUTHOR),
    keywords: fieldOf("Keywords", NO_AUTHOR),
    date: date ? `${date[1]}-${date[2] ?? "01"}-${date[3] ?? "01"}` : "",
    pages: String(pdf.numPages),
  };
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== ""));
}
