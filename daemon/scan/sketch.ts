/*
 * A sketch of a text, by which a version that was edited is known again: the smallest hashes of its lines. Two
 * sketches tell how many lines the texts share, exactly for short texts and closely for long ones. It keeps no
 * text and costs less than the hash of the content.
 */

// Of a long text, the beginning counts.
const SKETCHED_BYTES = 256 * 1024;

// Enough to tell a half from a third in nearly every case; 256 bytes in the journal.
const KEPT_LINES = 64;

const LINE_FEED = 0x0a;
const SPACE = 0x20;

/** Makes the sketch of a text from its first bytes, in any encoding. White space and repeated lines don't count. */
export function sketchLines(bytes: Uint8Array): Uint8Array {
  const end = Math.min(bytes.length, SKETCHED_BYTES);
  const hashes = new Set<number>();
  // FNV-1a.
  let hash = FNV_OFFSET;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] ?? LINE_FEED;
    if (byte > SPACE) hash = Math.imul(hash ^ byte, FNV_PRIME);
    else if (byte === LINE_FEED) {
      addLine(hashes, hash);
      hash = FNV_OFFSET;
    }
  }
  addLine(hashes, hash);
  const kept = Uint32Array.from(hashes).sort().slice(0, KEPT_LINES);
  return new Uint8Array(kept.buffer);
}

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

function addLine(hashes: Set<number>, hash: number): void {
  if (hash !== FNV_OFFSET) hashes.add(spread(hash));
}

/** Spreads the bits of a hash, so that the smallest ones are a fair choice (MurmurHash3's last step). */
function spread(hash: number): number {
  let spread = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  spread = Math.imul(spread ^ (spread >>> 13), 0xc2b2ae35);
  return (spread ^ (spread >>> 16)) >>> 0;
}

/** Whether two texts share half of their lines, that is at least a third of all lines that either has. */
export function sharesHalf(one: Uint8Array, other: Uint8Array): boolean {
  const [left, right] = [readSketch(one), readSketch(other)];
  const either = new Set([...left, ...right]);
  // If a sketch is full, lines with larger hashes are unknown, so that only the smallest can be compared.
  const isWhole = left.size < KEPT_LINES && right.size < KEPT_LINES;
  const compared = isWhole
    ? [...either]
    : [...either].toSorted((a, b) => a - b).slice(0, KEPT_LINES);
  const shared = compared.filter((line) => left.has(line) && right.has(line)).length;
  return shared > 0 && shared * 3 >= compared.length;
}

function readSketch(sketch: Uint8Array): Set<number> {
  return new Set(new Uint32Array(Uint8Array.from(sketch).buffer));
}
