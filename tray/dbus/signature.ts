/** A parsed D-Bus type: a basic type by its letter, or a type with its parts. */
export type Type =
  | { kind: "basic"; code: BasicCode }
  | { kind: "variant" }
  | { kind: "array"; of: Type }
  | { kind: "struct" | "entry"; of: readonly Type[] };

export type BasicCode = "y" | "b" | "n" | "q" | "i" | "u" | "x" | "t" | "d" | "s" | "o" | "g";

// The specification allows 32 arrays and 32 structs inside each other; a variant may open more.
const DEEPEST = 64;

/** The types of a signature. @throws Error if it is not a signature */
export function parseSignature(signature: string): Type[] {
  return parseParts(signature).map(({ type }) => type);
}

/** The types of a signature, each as a signature. @throws Error if it is not a signature */
export function splitSignature(signature: string): string[] {
  return parseParts(signature).map(({ text }) => text);
}

function parseParts(signature: string): { type: Type; text: string }[] {
  let at = 0;
  const parts: { type: Type; text: string }[] = [];
  while (at < signature.length) {
    const start = at;
    const type = parseOne(0);
    parts.push({ type, text: signature.slice(start, at) });
  }
  return parts;

  function parseOne(depth: number): Type {
    const code = signature[at];
    at += 1;
    if (depth > DEEPEST) throw new Error("A D-Bus signature is too deep.");
    if (code === "v") return { kind: "variant" };
    if (code === "a") return { kind: "array", of: parseOne(depth + 1) };
    if (code === "(") return { kind: "struct", of: parseUntil(")", depth) };
    if (code === "{") return { kind: "entry", of: parseUntil("}", depth) };
    if (isBasic(code)) return { kind: "basic", code };
    throw new Error(`${JSON.stringify(signature)} is not a D-Bus signature.`);
  }

  function parseUntil(end: string, depth: number): Type[] {
    const types: Type[] = [];
    while (signature[at] !== end) types.push(parseOne(depth + 1));
    at += 1;
    return types;
  }
}

/** The number of bytes at whose multiples a value of the type starts. */
export function alignmentOf(type: Type): number {
  switch (type.kind) {
    case "variant":
      return 1;
    case "array":
      return 4;
    case "struct":
    case "entry":
      return 8;
    case "basic":
      return ALIGNMENTS[type.code];
  }
}

const ALIGNMENTS: Record<BasicCode, number> = {
  y: 1,
  b: 4,
  n: 2,
  q: 2,
  i: 4,
  u: 4,
  x: 8,
  t: 8,
  d: 8,
  s: 4,
  o: 4,
  g: 1,
};

function isBasic(code: string | undefined): code is BasicCode {
  return code !== undefined && Object.hasOwn(ALIGNMENTS, code);
}
