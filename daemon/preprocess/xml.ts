import { SaxesParser, type SaxesTagNS } from "saxes";

export interface XmlHandler {
  /** @param name the local name, with the prefix that `spaces` gives its namespace, if any; attributes have such names, too */
  open(name: string, attribute: (name: string) => string | undefined): void;
  close(name: string): void;
  text(text: string): void;
}

// Far deeper than tables and boxes are nested in documents. The parser looks through all open elements for
// the meaning of a prefix, so deeper nesting would be slow.
const MAX_DEPTH = 500;

/**
 * Reads XML chunk by chunk. Ignores entities that a document defines, and files that it refers to: an
 * undefined entity is an error.
 *
 * @param spaces prefixes for the namespaces that matter
 * @throws if it is not well-formed, or nested too deeply
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
    if (depth > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} elements are nested`);
    const attributes = Object.values(tag.attributes);
    const find = (name: string) =>
      attributes.find((one) => nameOf(one) === name) ??
      attributes.find((one) => one.local === name);
    handler.open(nameOf(tag), (name) => find(name)?.value);
  });
  parser.on("closetag", (tag) => {
    depth -= 1;
    handler.close(nameOf(tag));
  });
  parser.on("text", (text) => handler.text(text));
  parser.on("cdata", (text) => handler.text(text));

  let decoder: TextDecoder | undefined;
  for await (const chunk of chunks) {
    // Office programs write only UTF-8 and UTF-16.
    decoder ??= new TextDecoder(encodingOf(chunk));
    parser.write(decoder.decode(chunk, { stream: true }));
  }
  parser.close();
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}
