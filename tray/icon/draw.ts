import { COLOURS, covers, type IconState } from "./shape.ts";

/** A square picture: red, green, blue and opacity of each pixel, by rows from the top. */
export interface Pixels {
  size: number;
  rgba: Buffer;
}

export interface DrawOptions {
  /** Draw in black, for systems that colour the icon themselves (macOS template images). */
  template?: boolean;
}

// Samples per pixel and direction.
const SAMPLES = 4;

/** The icon of a state, `size` pixels wide and high. */
export function drawIcon(
  state: IconState,
  size: number,
  { template = false }: DrawOptions = {},
): Pixels {
  const [red, green, blue] = template ? [0, 0, 0] : COLOURS[state];
  const rgba = Buffer.alloc(size * size * 4);
  for (let index = 0; index < size * size; index += 1) {
    const opacity = coverage(state, size, index % size, Math.floor(index / size));
    rgba.set([red, green, blue, Math.round(opacity * 255)], index * 4);
  }
  return { size, rgba };
}

function coverage(state: IconState, size: number, column: number, row: number): number {
  let hits = 0;
  for (let sample = 0; sample < SAMPLES ** 2; sample += 1) {
    const x = column + ((sample % SAMPLES) + 0.5) / SAMPLES;
    const y = row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
    if (covers(state, (2 * x) / size - 1, (2 * y) / size - 1)) hits += 1;
  }
  return hits / SAMPLES ** 2;
}
