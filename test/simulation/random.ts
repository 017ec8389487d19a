/** All that a simulation leaves to chance: the same seed gives the same choices. */
export interface Random {
  /** 0 to `below - 1`. */
  int(below: number): number;
  chance(probability: number): boolean;
  pick<T>(of: readonly [T, ...T[]]): T;
  /** One of these, as often as its weight says. */
  weighted<T>(of: readonly (readonly [weight: number, T])[]): T;
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const random: Random = {
    int: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    pick: (of) => of[random.int(of.length)] ?? of[0],
    weighted(of) {
      let left = next() * of.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, one] of of) {
        left -= weight;
        if (left < 0) return one;
      }
      throw new Error("There is nothing to choose from.");
    },
  };
  return random;
}
