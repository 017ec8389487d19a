import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** How many files `createTree` puts into each directory. */
export const FILES_PER_DIRECTORY = 50;
const DIRECTORIES_PER_DIRECTORY = 40;
const FILE_BYTES = 300;

/**
 * Makes a tree as people have them: directories within directories, 50 small files of different content in
 * each of those that hold files.
 */
export function createTree(root: string, files: number): void {
  for (let made = 0; made < files; made += FILES_PER_DIRECTORY) {
    const directory = path.join(root, directoryName(made / FILES_PER_DIRECTORY));
    mkdirSync(directory, { recursive: true });
    for (let index = made; index < made + FILES_PER_DIRECTORY; index += 1) {
      writeFileSync(path.join(directory, `note-${index}.md`), contentOf(index, FILE_BYTES));
    }
  }
}

export function directoryName(index: number): string {
  const outer = Math.floor(index / DIRECTORIES_PER_DIRECTORY);
  return path.join(`part-${outer}`, `directory-${index}`);
}

/** Text of a length, a different one for each number. */
export function contentOf(number: number, bytes: number): string {
  return `# Note ${number}\n\n`.padEnd(bytes - 1, `Nothing to do in ${number}. `) + "\n";
}
