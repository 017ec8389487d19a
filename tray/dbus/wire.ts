/*
 * Converts values to bytes and back, as in the D-Bus specification ("Marshaling"). In JavaScript, values are numbers,
 * bigint for 64 bits, strings, arrays for arrays and structs, pairs for the entries of a dictionary, a Buffer for an
 * array of bytes, and {@link Variant} for a variant.
 */
import { alignmentOf, type BasicCode, parseSignature, type Type } from "./signature.ts";

export type Value = number | bigint | boolean | string | Buffer | Variant | readonly Value[];

export interface Variant {
  readonly signature: string;
  readonly value: Value;
}

export function variant(signature: string, value: Value): Variant {
  return { signature, value };
}

/** The value if it is a string, else an empty string. */
export function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The bytes of values of these types, little-endian. */
export function encode(signature: string, values: readonly Value[]): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const push = (bytes: Buffer): void => {
    parts.push(bytes);
    length += bytes.length;
  };
  const align = (to: number): void => push(Buffer.alloc((to - (length % to)) % to));
  for (const [index, type] of parseSignature(signature).entries()) write(type, values[index]);
  return Buffer.concat(parts);

  function write(type: Type, value: Value | undefined): void {
    align(alignmentOf(type));
    switch (type.kind) {
      case "basic":
        return push(encodeBasic(type.code, value));
      case "variant": {
        const { signature: inner, value: held } = value as Variant;
        push(encodeBasic("g", inner));
        return write(onlyType(inner), held);
      }
      case "struct":
      case "entry":
        for (const [index, part] of type.of.entries()) write(part, (value as Value[])[index]);
        return;
      case "array":
        return writeArray(type.of, value);
    }
  }

  function writeArray(of: Type, value: Value | undefined): void {
    const size = Buffer.alloc(4);
    push(size);
    // Not part of the size.
    align(alignmentOf(of));
    const start = length;
    if (Buffer.isBuffer(value)) push(value);
    else for (const item of value as readonly Value[]) write(of, item);
    size.writeUInt32LE(length - start);
  }
}

function encodeBasic(code: BasicCode, value: Value | undefined): Buffer {
  const bytes = Buffer.alloc(8);
  switch (code) {
    case "y":
      return bytes.subarray(0, bytes.writeUInt8(Number(value)));
    case "b":
      return bytes.subarray(0, bytes.writeUInt32LE(value === true ? 1 : 0));
    case "n":
      return bytes.subarray(0, bytes.writeInt16LE(Number(value)));
    case "q":
      return bytes.subarray(0, bytes.writeUInt16LE(Number(value)));
    case "i":
      return bytes.subarray(0, bytes.writeInt32LE(Number(value)));
    case "u":
      return bytes.subarray(0, bytes.writeUInt32LE(Number(value)));
    case "x":
      return bytes.subarray(0, bytes.writeBigInt64LE(BigInt(value as bigint)));
    case "t":
      return bytes.subarray(0, bytes.writeBigUInt64LE(BigInt(value as bigint)));
    case "d":
      return bytes.subarray(0, bytes.writeDoubleLE(Number(value)));
    case "g":
      return Buffer.concat([Buffer.of(textOf(value).length), Buffer.from(`${textOf(value)}\0`)]);
    case "s":
    case "o": {
      const text = Buffer.from(`${textOf(value)}\0`);
      bytes.writeUInt32LE(text.length - 1);
      return Buffer.concat([bytes.subarray(0, 4), text]);
    }
  }
}

export interface Decoded {
  values: Value[];
  /** The offset after the values. */
  end: number;
}

/**
 * Reads values of these types from `bytes`.
 *
 * @throws Error (RangeError) if the bytes do not hold them
 */
export function decode(signature: string, bytes: Buffer, isLittle: boolean, from = 0): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const cursor: Cursor = { bytes, view, isLittle, at: from };
  const values = parseSignature(signature).map((type) => read(cursor, type, 0));
  return { values, end: cursor.at };
}

/** Bytes, and how far they are read. */
interface Cursor {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly isLittle: boolean;
  at: number;
}

/** Moves on by `size` bytes, and returns where they start. */
function take(cursor: Cursor, size: number): number {
  const start = cursor.at;
  cursor.at += size;
  if (cursor.at > cursor.bytes.length) throw new RangeError("A D-Bus message ends too early.");
  return start;
}

function skipTo(cursor: Cursor, multiple: number): void {
  take(cursor, (multiple - (cursor.at % multiple)) % multiple);
}

function read(cursor: Cursor, type: Type, depth: number): Value {
  if (depth > 64) throw new RangeError("A D-Bus value is too deep.");
  skipTo(cursor, alignmentOf(type));
  switch (type.kind) {
    case "basic":
      return readBasic(cursor, type.code);
    case "variant": {
      const inner = textOf(readBasic(cursor, "g"));
      return { signature: inner, value: read(cursor, onlyType(inner), depth + 1) };
    }
    case "struct":
    case "entry":
      return type.of.map((part) => read(cursor, part, depth + 1));
    case "array":
      return readArray(cursor, type.of, depth);
  }
}

function readArray(cursor: Cursor, of: Type, depth: number): Value {
  const size = cursor.view.getUint32(take(cursor, 4), cursor.isLittle);
  skipTo(cursor, alignmentOf(of));
  const end = cursor.at + size;
  if (end > cursor.bytes.length) throw new RangeError("A D-Bus array ends too early.");
  if (of.kind === "basic" && of.code === "y") {
    return cursor.bytes.subarray(take(cursor, size), end);
  }
  const items: Value[] = [];
  // Every type has at least one byte, so this ends.
  while (cursor.at < end) items.push(read(cursor, of, depth + 1));
  return items;
}

function readBasic(cursor: Cursor, code: BasicCode): Value {
  const { view, isLittle } = cursor;
  switch (code) {
    case "y":
      return view.getUint8(take(cursor, 1));
    case "b":
      return view.getUint32(take(cursor, 4), isLittle) !== 0;
    case "n":
      return view.getInt16(take(cursor, 2), isLittle);
    case "q":
      return view.getUint16(take(cursor, 2), isLittle);
    case "i":
      return view.getInt32(take(cursor, 4), isLittle);
    case "u":
      return view.getUint32(take(cursor, 4), isLittle);
    case "x":
      return view.getBigInt64(take(cursor, 8), isLittle);
    case "t":
      return view.getBigUint64(take(cursor, 8), isLittle);
    case "d":
      return view.getFloat64(take(cursor, 8), isLittle);
    case "g":
      return readText(cursor, view.getUint8(take(cursor, 1)));
    case "s":
    case "o":
      return readText(cursor, view.getUint32(take(cursor, 4), isLittle));
  }
}

function readText(cursor: Cursor, size: number): string {
  const start = take(cursor, size + 1);
  return cursor.bytes.toString("utf8", start, start + size);
}

function onlyType(signature: string): Type {
  const [type, ...more] = parseSignature(signature);
  if (type === undefined || more.length > 0) {
    throw new Error(`Expected one type in a D-Bus variant, got ${JSON.stringify(signature)}.`);
  }
  return type;
}
