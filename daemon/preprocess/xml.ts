import { SaxesParser, type SaxesTagNS } from "saxes";

export interface XmlHandler {
  /** `name`: the local name behind the prefix that `spaces` gives its namespace, else alone. */
  open(name: string, attribute: (name: string) => string | undefined): void;
  close(name: string): void;
  text(text: string): void;
}

// Far more than documents have, however their tables and boxes are nested; the parser looks through all
// elements around one for what its prefix means.
const MAX_DEPTH = 500;

/**
 * Reads XML as it comes in. Entities that a document defines itself, and files that it refers to, are not
 * looked at: an undefined entity is an error.
 *
 * @param spaces short names of the namespaces that matter
 * @throws where it is not well-formed, or nested deeper than any document
 */
export async function readXml(
  chunks: AsyncIterable<Uint8Array>,
  spaces: Readonly<Record<string, string>>,
  handler: XmlHandler,
): Promise<void> {
  const parser = new SaxesParser({ xmlns: true });
  const nameOf = ({ uri, local }: { uri: string; local: string }): string => {
    const prefix = spaces[uri];
    return prefix === undefined ? local : `${prefix}:${local}`;
  };
  parser.on("error", (error) => {
    throw error;
  });
  let depth = 0;
  parser.on("opentag", (tag: SaxesTagNS) => {
    depth += 1;
    if (depth > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} elements lie in one another`);
    const attributes = Object.values(tag.attributes);
    handler.open(nameOf(tag), (name) => attributes.find((one) => one.local === name)?.value);
  });
  parser.on("closetag", (tag) => {
    depth -= 1;
    handler.close(nameOf(tag));
  });
  parser.on("text", (text) => handler.text(text));
  parser.on("cdata", (text) => handler.text(text));

  let decoder: TextDecoder | undefined;
  for await (const chunk of chunks) {
    // XML is UTF-8 unless it says otherwise; office programs write nothing but this and UTF-16.
    decoder ??= new TextDecoder(encodingOf(chunk));
    parser.write(decoder.decode(chunk, { stream: true }));
  }
  parser.close();
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}
