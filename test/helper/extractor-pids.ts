import { globSync, readFileSync } from "node:fs";

/** The processes that read documents for another one, by their ids; Linux only. */
export function findExtractors(parent: number): number[] {
  return globSync(`/proc/${parent}/task/*/children`)
    .flatMap((file) => read(file).split(" ").filter(Boolean))
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes("extractor-main"))
    .map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
