import { deflateSync } from "node:zlib";

/** A line of text on a page: points from the left and from the bottom. */
export interface PdfLine {
  x: number;
  y: number;
  text: string;
  size?: number;
}

/** A PDF with one page for each list of lines, in Helvetica. */
export function makePdf(
  pages: readonly (readonly PdfLine[] | string)[],
  { info = "", trailer = "" }: { info?: string; trailer?: string } = {},
): Buffer {
  const font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
  const kids = pages.map((_, index) => `${4 + 2 * index} 0 R`).join(" ");
  const objects: Buffer[] = [
    Buffer.from("<< /Type /Catalog /Pages 2 0 R >>"),
    Buffer.from(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`),
    Buffer.from(`<< ${info} >>`),
    ...pages.flatMap((page, index) => {
      const packed = deflateSync(
        Buffer.from(typeof page === "string" ? page : contentOf(page), "latin1"),
      );
      const resources = `/Resources << /Font << /F1 ${font} >> >>`;
      const box = `/MediaBox [0 0 612 792] /Contents ${5 + 2 * index} 0 R`;
      return [
        Buffer.from(`<< /Type /Page /Parent 2 0 R ${box} ${resources} >>`),
        Buffer.concat([
          Buffer.from(`<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n`),
          packed,
          Buffer.from("\nendstream"),
        ]),
      ];
    }),
  ];
  const parts = [Buffer.from("%PDF-1.4\n")];
  const offsets: number[] = [];
  let size = parts[0]?.length ?? 0;
  for (const [index, object] of objects.entries()) {
    offsets.push(size);
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      object,
      Buffer.from("\nendobj\n"),
    ]);
    parts.push(part);
    size += part.length;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const count = objects.length + 1;
  parts.push(
    Buffer.from(
      `xref\n0 ${count}\n0000000000 65535 f \n${table}` +
        `trailer << /Size ${count} /Root 1 0 R /Info 3 0 R ${trailer} >>\nstartxref\n${size}\n%%EOF`,
    ),
  );
  return Buffer.concat(parts);
}

function contentOf(lines: readonly PdfLine[]): string {
  const shown = lines.map(({ x, y, text, size = 10 }) => {
    const escaped = text.replaceAll(/[\\()]/g, String.raw`\$&`);
    return `/F1 ${size} Tf 1 0 0 1 ${x} ${y} Tm (${escaped}) Tj`;
  });
  return `BT ${shown.join("\n")} ET`;
}

/** Lines of prose one below the other, as a typesetter breaks them. */
export function paragraph(x: number, y: number, lines: readonly string[]): PdfLine[] {
  return lines.map((text, index) => ({ x, y: y - 12 * index, text }));
}
