/*
 * Values to bytes and back as the D-Bus specification has them ("Marshaling"). In JavaScript: numbers,
 * bigint for 64 bits, strings, arrays for arrays and structs, pairs for the entries of a dictionary,
 * a Buffer for an array of bytes, {@link Variant} for a variant.
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

/** A value that is a text; empty for any other. */
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
  /** Where the values end. */
  end: number;
}

/**
 * The values of these types that stand in `bytes`.
 *
 * @throws Error (RangeError) where they do not
 */
export function decode(signature: string, bytes: Buffer, isLittle: boolean, from = 0): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = from;
  const take = (size: number): number => {
    const start = at;
    at += size;
    if (at > bytes.length) throw new RangeError("a D-Bus message ends too early");
    return start;
  };
  const align = (to: number): void => {
    take((to - (at % to)) % to);
  };
  const values = parseSignature(signature).map((type) => read(type, 0));
  return { values, end: at };

  function read(type: Type, depth: number): Value {
    if (depth > 64) throw new RangeError("a D-Bus value is too deep");
    align(alignmentOf(type));
    switch (type.kind) {
      case "basic":
        return readBasic(type.code);
      case "variant": {
        const inner = textOf(readBasic("g"));
        return { signature: inner, value: read(onlyType(inner), depth + 1) };
      }
      case "struct":
      case "entry":
        return type.of.map((part) => read(part, depth + 1));
      case "array":
        return readArray(type.of, depth);
    }
  }

  function readArray(of: Type, depth: number): Value {
    const size = view.getUint32(take(4), isLittle);
    align(alignmentOf(of));
    const end = at + size;
    if (end > bytes.length) throw new RangeError("a D-Bus array ends too early");
    if (of.kind === "basic" && of.code === "y") return bytes.subarray(take(size), end);
    const items: Value[] = [];
    // Nothing has no bytes, so this ends.
    while (at < end) items.push(read(of, depth + 1));
    return items;
  }

  function readBasic(code: BasicCode): Value {
    switch (code) {
      case "y":
        return view.getUint8(take(1));
      case "b":
        return view.getUint32(take(4), isLittle) !== 0;
      case "n":
        return view.getInt16(take(2), isLittle);
      case "q":
        return view.getUint16(take(2), isLittle);
      case "i":
        return view.getInt32(take(4), isLittle);
      case "u":
        return view.getUint32(take(4), isLittle);
      case "x":
        return view.getBigInt64(take(8), isLittle);
      case "t":
        return view.getBigUint64(take(8), isLittle);
      case "d":
        return view.getFloat64(take(8), isLittle);
      case "g":
        return readText(view.getUint8(take(1)));
      case "s":
      case "o":
        return readText(view.getUint32(take(4), isLittle));
    }
  }

  function readText(size: number): string {
    const start = take(size + 1);
    return bytes.toString("utf8", start, start + size);
  }
}

function onlyType(signature: string): Type {
  const [type, ...more] = parseSignature(signature);
  if (type === undefined || more.length > 0) {
    throw new Error(`a D-Bus variant has one type, got ${JSON.stringify(signature)}`);
  }
  return type;
}
