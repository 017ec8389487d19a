import { globSync } from "node:fs";
import path from "node:path";
import type { Guard } from "./guard.ts";

/** All guards: each file of `guards/` names those of one subject. */
export async function listGuards(): Promise<Guard[]> {
  const files = globSync("guards/*.ts", { cwd: import.meta.dirname }).toSorted();
  const parts = await Promise.all(
    files.map((file) => import(path.join(import.meta.dirname, file)) as Promise<Part>),
  );
  return parts.flatMap(({ guards }) => guards);
}

interface Part {
  guards: readonly Guard[];
}
