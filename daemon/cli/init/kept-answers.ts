import { rmSync } from "node:fs";
import path from "node:path";
import { writeFileAtomic } from "../../core/atomic-file.ts";
import { systemErrorCode } from "../../core/errors.ts";
import { readHomeFile } from "../../core/home-file.ts";
import type { Paths } from "../../core/paths.ts";
import { makePrivateDirectory } from "../../core/private-directory.ts";
import { type InitAnswers, initAnswersSchema } from "../../protocol/init-answers.ts";
import type { Output } from "../output.ts";

const MAX_BYTES = 64 * 1024;

/** The answers of `init`, on disk as soon as each is given, so that nothing that ends it loses one. */
export interface KeptAnswers {
  readonly file: string;
  /** The answers so far; at first, what an earlier `init` kept. */
  readonly answers: InitAnswers;
  /** Whether all answers so far are on disk. */
  readonly isKept: boolean;
  /** Replaces the answers. */
  keep(answers: InitAnswers): void;
  /** Removes them, once the config has them. */
  remove(): void;
}

/** Reads what an earlier `init` kept. What cannot be read holds nothing up, and counts as nothing. */
export function openKeptAnswers(paths: Paths, output: Output): KeptAnswers {
  const file = path.join(path.dirname(paths.daemonFile), "init.json");
  let answers = readAnswers(file);
  let isKept = Object.keys(answers).length > 0;
  return {
    file,
    get answers() {
      return answers;
    },
    get isKept() {
      return isKept;
    },
    keep(next) {
      answers = next;
      try {
        makePrivateDirectory(path.dirname(file));
        writeFileAtomic(file, `${JSON.stringify(answers)}\n`, 0o600);
        isKept = true;
      } catch (error) {
        isKept = false;
        output.note(
          `Your answers cannot be kept in ${file} (${systemErrorCode(error) ?? String(error)}).`,
        );
      }
    },
    remove() {
      if (isKept) rmSync(file, { force: true });
    },
  };
}

function readAnswers(file: string): InitAnswers {
  try {
    const { bytes } = readHomeFile(file, MAX_BYTES);
    return initAnswersSchema.parse(JSON.parse(bytes.toString("utf8")));
  } catch {
    return {};
  }
}
