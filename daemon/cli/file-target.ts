import { realpathSync } from "node:fs";
import path from "node:path";
import type { Client } from "../client/client.ts";
import { RunnerError } from "../core/errors.ts";
import { CALL } from "../core/call.ts";

/**
 * The files that a target names: one by its id, or all at a path, because several agents may watch it.
 *
 * @throws file_not_found
 */
export async function findFiles(client: Client, target: string): Promise<{ file_id: string }[]> {
  if (/^file_[0-9a-z]{20}$/.test(target)) return [await client.file(target)];
  const wanted = toRealPath(target);
  const { items } = await client.files({ path: wanted, limit: 500 });
  const files = items.filter((file) => file.path === wanted);
  if (files.length === 0) {
    throw new RunnerError("file_not_found", `No agent knows the file ${wanted}.`, {
      hint: `List the known files with \`${CALL} files\`.`,
    });
  }
  return files;
}

/** The absolute path without links, as the journal stores it; links are kept if the file is gone. */
export function toRealPath(target: string): string {
  try {
    return realpathSync(target);
  } catch {
    return path.resolve(target);
  }
}
