/** Which lines of a text have been there before. */
export interface LineDiff {
  /** For each line of the new text, its line in the old one; -1: it is new. Rises where it is not -1. */
  old_of: Int32Array;
}

/**
 * Compares texts by their lines. Lines that both have once are anchors, and equal lines around an anchor belong to it
 * (patience diff). What is between is new: a little more than the shortest difference, in time that grows with the
 * length alone.
 */
export function diffLines(before: readonly string[], after: readonly string[]): LineDiff {
  const old_of = new Int32Array(after.length).fill(-1);
  const anchors = rising(findUnique(before, after));
  let [from, start] = [0, 0];
  for (const [old, now] of [...anchors, [before.length, after.length] as const]) {
    if (old < from || now < start) continue;
    let [left, top] = [from, start];
    while (left < old && top < now && before[left] === after[top]) old_of[top++] = left++;
    let [right, bottom] = [old - 1, now - 1];
    while (right >= left && bottom >= top && before[right] === after[bottom]) {
      old_of[bottom--] = right--;
    }
    if (now < after.length) old_of[now] = old;
    [from, start] = [old + 1, now + 1];
  }
  return { old_of };
}

type Pair = readonly [old: number, now: number];

/** The lines that occur once in each text, in the order of the new one. */
function findUnique(before: readonly string[], after: readonly string[]): Pair[] {
  const [olds, news] = [before, after].map((lines) => {
    const places = new Map<string, number>();
    for (const [at, line] of lines.entries()) places.set(line, places.has(line) ? -1 : at);
    return places;
  });
  return [...(news ?? [])].flatMap(([line, now]): Pair[] => {
    const old = olds?.get(line) ?? -1;
    return now < 0 || old < 0 ? [] : [[old, now]];
  });
}

/** The longest series of pairs in which both numbers rise. */
function rising(pairs: readonly Pair[]): Pair[] {
  const sorted = pairs.toSorted((one, other) => one[1] - other[1]);
  const ends: number[] = [];
  const previous = new Int32Array(sorted.length).fill(-1);
  for (const [index, [old]] of sorted.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[ends[middle] ?? 0]?.[0] ?? 0) < old) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? (ends[low - 1] ?? -1) : -1;
    ends[low] = index;
  }
  const found: Pair[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) {
    const pair = sorted[at];
    if (pair !== undefined) found.push(pair);
  }
  return found.toReversed();
}
