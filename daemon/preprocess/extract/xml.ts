import { oneLine } from "../../core/one-line.ts";
import { decodeSource } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { readHtml } from "./html/text.ts";
import { createTextWriter } from "../text-writer.ts";
import { readXml } from "../xml.ts";

/** A feed (RSS, Atom) entry by entry; any other XML as it is, with characters instead of their numbers and names. */
export async function extractXml({ bytes }: FileContent): Promise<Extracted> {
  const decoded = decodeSource(bytes);
  const feed = await readFeed(decoded.text);
  if (feed === undefined) {
    return {
      title: null,
      text: readable(decoded.text),
      headings: [],
      metadata: {},
      warnings: decoded.warnings,
    };
  }
  const writer = createTextWriter();
  writer.heading(1, feed.title);
  for (const entry of feed.entries) {
    writer.heading(2, entry.title || "Untitled");
    writer.block([entry.author, entry.date, entry.link].filter((part) => part !== "").join(" · "));
    writer.block(readHtml(entry.content || entry.summary, "all").text.trimEnd());
  }
  const { text, headings, warnings } = writer.finish();
  return {
    title: feed.title || null,
    text,
    headings,
    metadata: {},
    warnings: [...decoded.warnings, ...warnings],
  };
}

const CDATA_OR_ENTITY =
  /<!\[CDATA\[([^]*?)\]\]>|&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/giu;
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function readable(xml: string): string {
  return xml.replaceAll(
    CDATA_OR_ENTITY,
    (whole: string, data?: string, decimal?: string, hexadecimal?: string, name?: string) => {
      if (data !== undefined) return data;
      if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
      const code = Number.parseInt(decimal ?? hexadecimal ?? "", decimal === undefined ? 16 : 10);
      return code > 0x1f && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

interface Entry {
  title: string;
  link: string;
  date: string;
  author: string;
  summary: string;
  content: string;
}

type Field = keyof Entry;

// The names of the fields in RSS, Atom and their common extensions.
const FIELDS: Readonly<Record<string, Field>> = {
  title: "title",
  link: "link",
  pubDate: "date",
  published: "date",
  updated: "date",
  date: "date",
  creator: "author",
  author: "author",
  description: "summary",
  summary: "summary",
  encoded: "content",
  content: "content",
};

/** undefined: not a feed, or not well-formed. */
async function readFeed(text: string): Promise<{ title: string; entries: Entry[] } | undefined> {
  const entries: Entry[] = [];
  const path: string[] = [];
  let title = "";
  let isFeed = false;
  const fieldOf = (): Field | undefined => {
    const at = path.findLastIndex((name) => name === "item" || name === "entry");
    return at === -1 ? undefined : FIELDS[path[at + 1] ?? ""];
  };
  const add = (value: string): void => {
    const entry = entries.at(-1);
    const field = fieldOf();
    if (entry && field) entry[field] += value;
    else if (path.at(-1) === "title" && path.length <= 3 && path.at(-2) !== "image") title += value;
  };
  try {
    await readXml(
      chunksOf(text),
      {},
      {
        open(name, attribute) {
          if (path.length === 0) isFeed = /^(?:rss|feed|RDF)$/.test(name);
          path.push(name);
          if (name === "item" || name === "entry") {
            entries.push({ title: "", link: "", date: "", author: "", summary: "", content: "" });
          }
          const isLink = name === "link" && (attribute("rel") ?? "alternate") === "alternate";
          if (isLink) add(attribute("href") ?? "");
        },
        close() {
          path.pop();
        },
        text: add,
      },
    );
  } catch {
    return undefined;
  }
  const tidy = ({ title: heading, link, date, author, summary, content }: Entry): Entry => ({
    title: oneLine(heading),
    link: oneLine(link),
    date: oneLine(date),
    author: oneLine(author),
    summary,
    content,
  });
  return isFeed ? { title: oneLine(title), entries: entries.map(tidy) } : undefined;
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
