import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** A temporary folder that holds the given files and is removed at the end of the test. */
export interface TestFolder extends Disposable {
  readonly path: string;
  /** The absolute path of a file in it. */
  file(name: string): string;
  /** Writes a file, with the directories it needs; gives its absolute path. */
  write(name: string, content: string | Uint8Array): string;
}

/** `testFolder({ "in/a.md": "# A" })` */
export function testFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): TestFolder {
  const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "agent-runner-test-")));
  const folder: TestFolder = {
    path: root,
    file: (name) => path.join(root, name),
    write(name, content) {
      const target = path.join(root, name);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, content);
      return target;
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
  for (const [name, content] of Object.entries(files)) folder.write(name, content);
  return folder;
}
