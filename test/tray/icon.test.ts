import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { drawIcon } from "../../tray/icon/draw.ts";
import { encodeArgb, encodeIco, encodePng } from "../../tray/icon/encode.ts";
import { COLOURS, ICON_STATES } from "../../tray/icon/shape.ts";

test.each(ICON_STATES)("the icon of %s has a shape of its own, colours aside", (state) => {
  const shapeOf = (one: typeof state): string =>
    drawIcon(one, 22, { template: true }).rgba.toString("hex");
  const alike = ICON_STATES.filter((other) => shapeOf(other) === shapeOf(state));
  expect(alike).toEqual([state]);
});

test.each(ICON_STATES)(
  "the icon of %s stands out on a light and on a dark panel by 3:1",
  (state) => {
    const luminance = (colour: readonly number[]): number => {
      const [red = 0, green = 0, blue = 0] = colour.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (panel: readonly number[]): number => {
      const [dark = 0, light = 0] = [luminance(COLOURS[state]), luminance(panel)].toSorted(
        (a, b) => a - b,
      );
      return (light + 0.05) / (dark + 0.05);
    };
    expect(contrast([246, 245, 244])).toBeGreaterThanOrEqual(3);
    expect(contrast([30, 30, 30])).toBeGreaterThanOrEqual(3);
  },
);

test.each(ICON_STATES)(
  "the icon of %s is less than a kilobyte as PNG and decodes to what was drawn",
  (state) => {
    const pixels = drawIcon(state, 44);
    const png = encodePng(pixels);
    expect(png.length).toBeLessThan(1_000);
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    const start = png.indexOf("IDAT") + 4;
    const rows = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
    const decoded = Array.from({ length: 44 }, (_, row) =>
      rows.subarray(row * 177 + 1, (row + 1) * 177),
    );
    expect(Buffer.concat(decoded).equals(pixels.rgba)).toBe(true);
  },
);

test("every icon is what it was when it was looked at", () => {
  const hashes = ICON_STATES.map((state) => {
    const { rgba } = drawIcon(state, 22);
    return `${state} ${createHash("sha256").update(rgba).digest("hex").slice(0, 16)}`;
  });
  expect(hashes).toMatchInlineSnapshot(`
    [
      "idle 5897375c1a560d7d",
      "working 3f524f0d57001a18",
      "paused 80bf2627d9c01ed0",
      "attention 5e4552af41ad3a8c",
      "down 8ba8add0944aa587",
    ]
  `);
});

test("a template is black and carries its shape as opacity alone", () => {
  const { rgba } = drawIcon("working", 22, { template: true });
  const colours = rgba.filter((_, index) => index % 4 !== 3);
  expect(new Set(colours)).toEqual(new Set([0]));
  expect(new Set(rgba).size).toBeGreaterThan(2);
});

test("an ICO holds each size as a bitmap of 32 bits, from the bottom up, with its mask", () => {
  const pictures = [drawIcon("down", 16), drawIcon("down", 48)];
  const ico = encodeIco(pictures);
  expect(ico.readUInt16LE(2)).toBe(1);
  expect(ico.readUInt16LE(4)).toBe(2);
  for (const [index, { size, rgba }] of pictures.entries()) {
    const entry = ico.subarray(6 + index * 16, 22 + index * 16);
    const offset = entry.readUInt32LE(12);
    const bitmap = ico.subarray(offset, offset + entry.readUInt32LE(8));
    expect([entry[0], entry.readUInt16LE(6)]).toEqual([size, 32]);
    expect([bitmap.readInt32LE(4), bitmap.readInt32LE(8)]).toEqual([size, size * 2]);
    expect(bitmap.length).toBe(40 + size * size * 4 + size * Math.ceil(size / 32) * 4);
    // The middle of the first row from the bottom is the middle of the last one drawn.
    const at = ((size - 1) * size + size / 2) * 4;
    const [red, green, blue, opacity] = rgba.subarray(at, at + 4);
    expect([...bitmap.subarray(40 + size * 2, 44 + size * 2)]).toEqual([blue, green, red, opacity]);
  }
});

test("on D-Bus a pixel is opacity, red, green, blue", () => {
  const pixels = drawIcon("attention", 16);
  const [width, height, argb] = encodeArgb(pixels);
  expect([width, height]).toEqual([16, 16]);
  const at = 4 * (16 * 8);
  const [red, green, blue, opacity] = pixels.rgba.subarray(at, at + 4);
  expect([...argb.subarray(at, at + 4)]).toEqual([opacity, red, green, blue]);
});
