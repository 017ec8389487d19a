import { crc32, deflateSync } from "node:zlib";
import type { Pixels } from "./draw.ts";

const PNG_SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

/** A picture as PNG (RFC 2083), with 8 bits a channel and opacity. */
export function encodePng({ size, rgba }: Pixels): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6], 8);
  const stride = size * 4;
  const rows = Array.from({ length: size }, (_, row) =>
    Buffer.concat([Buffer.of(0), rgba.subarray(row * stride, (row + 1) * stride)]),
  );
  return Buffer.concat([
    PNG_SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** Pictures of one icon as ICO, each as a bitmap, because Windows reads PNG in ICO only for large pictures. */
export function encodeIco(pictures: readonly Pixels[]): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.length, 4);
  const bitmaps = pictures.map(encodeBitmap);
  let offset = header.length + 16 * pictures.length;
  const entries = pictures.map(({ size }, index) => {
    const entry = Buffer.alloc(16);
    entry.set([size, size], 0);
    entry.writeUInt16LE(1, 4);
    entry.writeUInt16LE(32, 6);
    const { length } = bitmaps[index] ?? Buffer.alloc(0);
    entry.writeUInt32LE(length, 8);
    entry.writeUInt32LE(offset, 12);
    offset += length;
    return entry;
  });
  return Buffer.concat([header, ...entries, ...bitmaps]);
}

/** A BITMAPINFOHEADER, the rows from the bottom as blue, green, red, opacity, and an empty mask. */
function encodeBitmap({ size, rgba }: Pixels): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(size, 4);
  // Of the picture and its mask together.
  header.writeInt32LE(size * 2, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(32, 14);
  const pixels = Buffer.alloc(rgba.length);
  for (let row = 0; row < size; row += 1) {
    const line = rgba.subarray((size - 1 - row) * size * 4, (size - row) * size * 4);
    for (let at = 0; at < line.length; at += 4) {
      const [red = 0, green = 0, blue = 0, opacity = 0] = line.subarray(at, at + 4);
      pixels.set([blue, green, red, opacity], row * size * 4 + at);
    }
  }
  const maskStride = Math.ceil(size / 32) * 4;
  return Buffer.concat([header, pixels, Buffer.alloc(maskStride * size)]);
}

/** A picture as in the StatusNotifierItem specification: opacity, red, green, blue. */
export function encodeArgb({ size, rgba }: Pixels): [width: number, height: number, data: Buffer] {
  const argb = Buffer.alloc(rgba.length);
  for (let at = 0; at < rgba.length; at += 4) {
    const [red = 0, green = 0, blue = 0, opacity = 0] = rgba.subarray(at, at + 4);
    argb.set([opacity, red, green, blue], at);
  }
  return [size, size, argb];
}
