import { mkdirSync } from "node:fs";
import path from "node:path";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { examine } from "../../daemon/doctor/doctor.ts";
import type { Diagnosis, DiagnosisFinding } from "../../daemon/protocol/diagnosis.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";

/** Limits with room, as the kernel's files tell them: 8192 watches, 128 instances, 4096 open files. */
export const PROC = path.resolve(import.meta.dirname, "../fixture/proc");

/** A home (0700) with this config and an empty `in/` beside it. */
export function doctorFolder(config?: string): TestFolder {
  const folder = testFolder();
  mkdirSync(folder.file("home"), { mode: 0o700 });
  mkdirSync(folder.file("in"));
  if (config !== undefined) folder.write("home/config.yaml", config);
  return folder;
}

export function pathsOf(folder: TestFolder) {
  return resolvePaths({
    env: { AGENT_RUNNER_HOME: folder.file("home") },
    platform: process.platform,
    userHome: folder.path,
  });
}

/** What the doctor finds in the folder's home. */
export function examineFolder(
  folder: TestFolder,
  env: Readonly<Record<string, string>> = {},
): Promise<Diagnosis> {
  return examine({
    paths: pathsOf(folder),
    env,
    userHome: folder.path,
    version: "1.2.3",
    proc: PROC,
    signal: new AbortController().signal,
  });
}

/** What is wrong, as `check code`. */
export function problemsOf({ findings }: { findings: readonly DiagnosisFinding[] }): string[] {
  return findings
    .filter(({ level }) => level === "problem")
    .map(({ check, code }) => `${check} ${code}`);
}
