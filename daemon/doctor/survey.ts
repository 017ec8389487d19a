import { existsSync } from "node:fs";
import path from "node:path";
import type { Paths } from "../core/paths.ts";
import type { Agent } from "../protocol/agent.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { EXPORT_MANIFEST } from "../protocol/export.ts";
import { createBoundary, relativePath } from "../scan/boundary.ts";
import { createFilter } from "../scan/filter.ts";
import { describeProblem } from "../scan/root.ts";
import { walk } from "../scan/walk.ts";
import { problem } from "./finding.ts";

/** What was found below the directories of all agents. */
export interface Survey {
  /** How many directories a daemon watches. */
  watched: number;
  /** Whether the survey saw all of them in time. */
  isWhole: boolean;
  /** Directories that cannot be read, and exports of this program that an agent reads as documents. */
  findings: DiagnosisFinding[];
}

// A person waits for the doctor.
const SURVEY_MS = 10_000;

/** Walks every directory that an agent reads. Reads only names. */
export function surveyDirectories(agents: readonly Agent[], paths: Paths): Survey {
  const deadline = performance.now() + SURVEY_MS;
  const survey: Survey = { watched: 0, isWhole: true, findings: [] };
  for (const agent of agents) {
    const roots = agent.directories.map((directory) => directory.path);
    for (const directory of agent.directories) {
      if (!path.isAbsolute(directory.path)) continue;
      const filter = createFilter(directory, agent, () => true);
      for (const step of walk(createBoundary(directory, roots, paths), directory.path)) {
        if (performance.now() > deadline) return { ...survey, isWhole: false };
        // `examineDirectories` reports the agent's directory itself.
        if (step.kind === "unreadable" && step.directory !== directory.path) {
          const found = { ...describeProblem(step.directory, step.code), agent_id: agent.id };
          survey.findings.push(problem("directories", found));
        }
        if (step.kind !== "directory") continue;
        if (directory.watch === true) survey.watched += 1;
        if (!existsSync(path.join(step.directory, EXPORT_MANIFEST))) continue;
        const below = relativePath(directory.path, step.directory);
        const stats = { size: 1, mtime_ms: Date.now() };
        const sample = below === "" ? "index.md" : `${below}/index.md`;
        const reason = filter({ name: "index.md", kind: "file", stats }, sample);
        if (reason === undefined) survey.findings.push(readAgain(agent.id, step.directory, below));
      }
    }
  }
  return survey;
}

function readAgain(agent_id: string, place: string, below: string): DiagnosisFinding {
  return problem("directories", {
    code: "export_read_again",
    agent_id,
    message: `${place} is an export of Agent Runner, so the agent skips its files.`,
    hint:
      below === ""
        ? "Write another directory into the config, or export elsewhere."
        : `Write \`exclude: [${JSON.stringify(`${below}/**`)}]\` next to the directory's path in the config.`,
  });
}
