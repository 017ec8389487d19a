import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Guard } from "./guard.ts";

const root = path.resolve(import.meta.dirname, "../..");

/**
 * Makes a change in a copy of the repository, calls `use` with the copy, and removes it.
 *
 * @throws {Error} the file does not have the code
 */
export function withChange<Result>(
  { file, code, without }: Pick<Guard, "file" | "code" | "without">,
  use: (copy: string) => Result,
): Result {
  const copy = mkdtempSync(path.join(os.tmpdir(), "agent-runner-change-"));
  try {
    const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
    });
    for (const name of tracked.split("\n").filter(Boolean)) {
      mkdirSync(path.dirname(path.join(copy, name)), { recursive: true });
      cpSync(path.join(root, name), path.join(copy, name));
    }
    symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"));
    const before = readFileSync(path.join(copy, file), "utf8");
    if (!before.includes(code)) throw new Error(`${file} does not have this code: ${code}`);
    // A function, since `$` in a replacement text has a meaning.
    writeFileSync(
      path.join(copy, file),
      before.replace(code, () => without),
    );
    return use(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
