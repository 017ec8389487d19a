import { parseEnv } from "node:util";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { readHomeFile } from "../core/home-file.ts";
import type { StatusProblem } from "../protocol/api.ts";
import { shellCommand } from "../core/shell-command.ts";

export interface Secrets {
  values: Record<string, string>;
  problems: StatusProblem[];
}

/** Mode bits that give access to anyone but the owner. */
const OTHERS = 0o077;
const MAX_BYTES = 1_000_000;

/**
 * Reads secrets.env: `NAME=value` lines, `#` comments, optional quotes. A missing file has no values. A file that
 * cannot be read is a problem, and so is one that others can read, but its values are used.
 */
export function readSecrets(file: string): Secrets {
  try {
    const { bytes, mode } = readHomeFile(file, MAX_BYTES);
    // The decoder removes a byte order mark, which would become part of the first name.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const values = Object.fromEntries(
      Object.entries(parseEnv(text)).filter((entry): entry is [string, string] =>
        Boolean(entry[1]),
      ),
    );
    const exposed = process.platform !== "win32" && (mode & OTHERS) !== 0;
    return { values, problems: exposed ? [secretsExposed(file, mode)] : [] };
  } catch (error) {
    return systemErrorCode(error) === "ENOENT"
      ? { values: {}, problems: [] }
      : unreadable(file, error);
  }
}

function secretsExposed(file: string, mode: number): StatusProblem {
  return {
    code: "secrets_exposed",
    agent_id: null,
    message: `Other users can read ${file} (mode ${(mode & 0o777).toString(8)}, expected 600).`,
    hint: `Run \`${shellCommand("chmod 600", file)}\`.`,
  };
}

function unreadable(file: string, error: unknown): Secrets {
  return {
    values: {},
    problems: [
      {
        code: "secrets_unreadable",
        agent_id: null,
        message:
          error instanceof RunnerError
            ? error.message
            : `${file} cannot be read (${systemErrorCode(error) ?? "not UTF-8 text"}).`,
        hint: "Make it a text file with NAME=value lines that only you can read.",
      },
    ],
  };
}
