import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { OBEYS, POISON, TASK_LINE } from "./endpoint.ts";
import type { Random } from "./random.ts";

/** The user's files, and what people and programs do with them. */
export interface UserFiles {
  /** The text of each file, by its absolute path. */
  read(): Map<string, string>;
  /** Does something that the seed chooses; says what, or undefined where nothing could be done. */
  change(): string | undefined;
  /** The files that something else wrote, touched, made or removed since, by their path. */
  findTouched(): string[];
  /** Whether a file of a top directory ever had this text. */
  hadText(top: string, text: string): boolean;
}

const DIRECTORIES = ["in", "in/a", "notes", "notes/b"] as const;
const NAMES = ["x.md", "y.md", "z.md"] as const;

/**
 * @param onLeft called with a text that a file no longer has
 * @param now milliseconds since 1970, for the times of the files
 */
export function createUserFiles(
  root: string,
  { random, now, onLeft }: { random: Random; now(): number; onLeft(text: string): void },
): UserFiles {
  let titles = 0;
  const past = new Map<string, string[]>();
  const texts = new Set<string>();
  const read = (): Map<string, string> => readFiles(root);
  for (const directory of DIRECTORIES) mkdirSync(path.join(root, directory), { recursive: true });
  let left = findMarks(root);

  // Other times lose some digits when they are set again.
  const wholeSeconds = (): number => Math.floor(now() / 1000);

  function freshLine(): string {
    titles += 1;
    return `- [ ] Task ${titles} to do`;
  }

  function freshText(): string {
    titles += 1;
    const lines = Array.from({ length: random.int(6) }, freshLine);
    const marks = random.weighted([
      [18, []],
      [1, [POISON]],
      [1, [OBEYS]],
    ] as const);
    return [`# Page ${titles}`, "", ...marks, ...lines, ""].join("\n");
  }

  function write(file: string, text: string, { keepsTime = false } = {}): void {
    const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    const seconds = keepsTime ? statSync(file).mtimeMs / 1000 : wholeSeconds();
    if (before !== undefined && before !== text) onLeft(before);
    writeFileSync(file, text);
    utimesSync(file, seconds, seconds);
    past.set(file, [...(past.get(file) ?? []), text]);
  }

  const anyPlace = (): string => path.join(root, random.pick(DIRECTORIES), random.pick(NAMES));

  function edit(text: string): string {
    const lines = text.split("\n");
    const tasks = lines.flatMap((line, index) => (line.match(TASK_LINE) ? [index] : []));
    const dropped = tasks[random.int(tasks.length)];
    if (dropped !== undefined && random.chance(0.4)) lines.splice(dropped, 1);
    else lines.splice(-1, 0, freshLine());
    return lines.join("\n");
  }

  function change(): string {
    const files = read();
    const paths = [...files.keys()].toSorted();
    const file = paths[random.int(paths.length)];
    const to = anyPlace();
    const short = (of: string): string => path.relative(root, of);
    if (file === undefined || random.chance(0.2)) {
      write(to, freshText());
      return `write ${short(to)}`;
    }
    const text = files.get(file) ?? "";
    const move = (): void => {
      const replaced = files.get(to);
      if (replaced !== undefined && to !== file) onLeft(replaced);
      renameSync(file, to);
    };
    const act = random.weighted([
      [5, "edit"],
      [3, "rewrite"],
      [3, "rename"],
      [3, "rename and edit"],
      [3, "copy"],
      [2, "delete"],
      [2, "revert"],
      [2, "touch"],
      [1, "empty"],
    ] as const);
    switch (act) {
      case "edit":
        write(file, edit(text));
        break;
      case "rewrite":
        // The same size and the same time: only the content says that it is another.
        write(
          file,
          text.replace(/\d(?=\D*$)/u, (digit) => String((Number(digit) + 5) % 10)),
          {
            keepsTime: true,
          },
        );
        break;
      case "rename":
        move();
        break;
      case "rename and edit":
        move();
        write(to, edit(text));
        break;
      case "copy":
        if (to !== file) write(to, text);
        break;
      case "delete":
        onLeft(text);
        rmSync(file);
        break;
      case "revert":
        write(file, past.get(file)?.[0] ?? text);
        break;
      case "touch":
        utimesSync(file, wholeSeconds(), wholeSeconds());
        break;
      case "empty":
        write(file, "");
    }
    return `${act} ${short(file)} ${short(to)}`;
  }

  return {
    read,
    change() {
      const said = change();
      left = findMarks(root);
      for (const [file, text] of read()) texts.add(`${topOf(root, file)} ${text}`);
      return said;
    },
    findTouched() {
      const now = findMarks(root);
      return [...new Set([...left.keys(), ...now.keys()])].filter(
        (file) => left.get(file) !== now.get(file),
      );
    },
    hadText: (top, text) => texts.has(`${top} ${text}`),
  };
}

const topOf = (root: string, file: string): string =>
  path.relative(root, file).split(path.sep)[0] ?? "";

/** What any write, touch or replacement of a file changes, by its path. */
function findMarks(root: string): Map<string, string> {
  return new Map(
    [...readFiles(root).keys()].map((file) => {
      const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      return [file, `${ino} ${size} ${mtimeNs} ${ctimeNs}`];
    }),
  );
}

function readFiles(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const top of ["in", "notes"]) {
    const entries = readdirSync(path.join(root, top), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const file = path.join(entry.parentPath, entry.name);
      found.set(file, readFileSync(file, "utf8"));
    }
  }
  return found;
}
