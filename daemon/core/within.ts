import path from "node:path";

/** Whether `inner` is `outer` or below it. */
export function isWithin(outer: string, inner: string): boolean {
  const way = path.relative(outer, inner);
  return way === "" || (way !== ".." && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way));
}
