import { createHash, randomBytes } from "node:crypto";

// Crockford's base 32, without i, l, o, u, so that an id can be read aloud and typed.
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 20;

function encode(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < LENGTH; index += 1) text += ALPHABET[(bytes[index] ?? 0) & 31];
  return text;
}

/** A new random id, e.g. `run_9k2…`: the prefix and 20 characters (100 bits). */
export function createId(prefix: string): string {
  return `${prefix}_${encode(randomBytes(LENGTH))}`;
}

/**
 * An id that is always the same for the same parts. A job that is repeated after a crash creates its entities under the
 * same ids, so stored replies that mention them stay valid.
 */
export function deriveId(prefix: string, ...parts: readonly (string | number)[]): string {
  return `${prefix}_${encode(createHash("sha256").update(parts.join("\0")).digest())}`;
}

/** A mark that a document cannot guess: 16 hexadecimal digits. */
export function createFence(): string {
  return randomBytes(8).toString("hex");
}
