import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "vite";

/** The repository. */
export const ROOT = path.resolve(import.meta.dirname, "../..");

/** A node of the syntax tree (ESTree), as far as it is read here. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** One source file, parsed. */
export interface Source {
  /** From the repository, with `/`. */
  file: string;
  text: string;
  program: Node;
  comments: readonly { value: string; start: number }[];
}

/** Paths from the repository that match the globs, sorted. */
export function listSources(globs: readonly string[]): string[] {
  const found = globSync([...globs], { cwd: ROOT, exclude: ["**/node_modules/**"] });
  return found.map((file) => file.replaceAll(path.sep, "/")).toSorted();
}

export function readText(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

export function readSource(file: string): Source {
  const text = readText(file);
  const { program, comments, errors } = parseSync(file, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  return { file, text, program: program as unknown as Node, comments };
}

/** Calls `visit` with each node below `node` and itself, parents first. */
export function walk(node: Node, visit: (node: Node, parents: readonly Node[]) => void): void {
  const parents: Node[] = [];
  const step = (each: Node): void => {
    visit(each, parents);
    parents.push(each);
    for (const value of Object.values(each)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) step(child);
    }
    parents.pop();
  };
  step(node);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** The line of an offset, from 1. */
export function lineAt({ text }: Source, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
