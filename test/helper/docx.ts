import { type ZipEntry, makeZip } from "./zip.ts";

const SPACES =
  'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" ' +
  'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" ' +
  'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" ' +
  'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** A Word document of a body, and of further parts below `word/` by their names. */
export function makeDocx(
  body: string,
  parts: Readonly<Record<string, string>> = {},
  further: readonly ZipEntry[] = [],
): Buffer {
  const main = `<w:document ${SPACES}><w:body>${body}</w:body></w:document>`;
  const relations = `<Relationships><Relationship Id="r1" Type="${OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>`;
  return makeZip([
    { name: "_rels/.rels", content: relations },
    { name: "word/document.xml", content: main },
    ...Object.entries(parts).map(([name, content]) => ({
      name: `word/${name}`,
      content: content.replace(/^<(w:\w+)/, `<$1 ${SPACES}`),
    })),
    ...further,
  ]);
}

export function p(text: string, properties = ""): string {
  return `<w:p><w:pPr>${properties}</w:pPr>${r(text)}</w:p>`;
}

export function r(text: string, properties = ""): string {
  return `<w:r><w:rPr>${properties}</w:rPr><w:t xml:space="preserve">${text}</w:t></w:r>`;
}
