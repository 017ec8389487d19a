import fc from "fast-check";

/**
 * Every code point there is. As `unit` of `fc.string` it gives what "binary" gives, which first builds a table of a
 * million entries.
 */
export const anyCodePoint = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10_ffff }))
  .map((point) => String.fromCodePoint(point), toCodePoint);

function toCodePoint(character: unknown): number {
  const point = typeof character === "string" ? character.codePointAt(0) : undefined;
  if (point === undefined) throw new Error("This is not a character.");
  return point;
}
