/**
 * Checks everything that the daemon depends on, and says how to fix what is wrong. Works with and without a running
 * daemon. Changes nothing, reads no document, and contacts only this machine and the endpoints that the config names;
 * each endpoint gets its own key and a request that costs nothing. A crash costs only the answer.
 */
import { TOOL_NAMES } from "../protocol/tool.ts";
import type { Environment } from "../config/variable.ts";
import { configSchema } from "../config/schema.ts";
import type { Paths } from "../core/paths.ts";
import { CHECKS, type Diagnosis, type DiagnosisFinding } from "../protocol/diagnosis.ts";
import { examineDatabase, examineDisk } from "./database.ts";
import { examineDirectories } from "./directories.ts";
import { enabledAgents, examineEndpoints } from "./endpoints.ts";
import { examineHome } from "./home.ts";
import { examineLimits } from "./limits.ts";
import { examinePort } from "./port.ts";
import { examineProcess } from "./process.ts";
import { examineRuntime } from "./runtime.ts";
import { examineSettings } from "./settings.ts";
import { surveyDirectories } from "./survey.ts";
import { examineSystem } from "./systems.ts";
import { examineClock } from "./time.ts";
import { examineTray } from "./tray.ts";

export interface DoctorOptions {
  paths: Paths;
  env: Environment;
  userHome: string;
  /** The version of this program. */
  version: string;
  /** Where the kernel's files are: `/proc`. */
  proc: string;
  signal: AbortSignal;
}

/** Runs all checks, and returns their findings in the order of CHECKS. @throws AbortError when the signal aborts */
export async function examine(options: DoctorOptions): Promise<Diagnosis> {
  const { paths, env, userHome, version, proc, signal } = options;
  const { config, findings } = examineSettings(paths, env, { userHome, tools: TOOL_NAMES });
  const { server, tray } = config?.config ?? configSchema.parse({});
  const agents = config === undefined ? [] : enabledAgents(config);
  const running = await examineProcess(paths, version, signal);
  const journal = await examineDatabase(paths);
  const survey = surveyDirectories(agents, paths);
  const all: DiagnosisFinding[] = [
    examineRuntime(),
    examineSystem(),
    ...examineHome(paths),
    ...findings,
    ...running.findings,
    await examinePort(server, running.daemon),
    ...journal.findings,
    examineDisk(paths),
    examineClock(Date.now(), journal.lastRunAt),
    ...(await examineDirectories(agents, paths, journal.isReadable)),
    ...survey.findings,
    ...examineLimits(survey, { proc, daemonPid: running.daemon?.pid }),
    ...(config === undefined ? [] : await examineEndpoints(config, signal)),
    await examineTray(tray, env, paths),
  ];
  const sorted = all.toSorted((a, b) => CHECKS.indexOf(a.check) - CHECKS.indexOf(b.check));
  return { healthy: !sorted.some(({ level }) => level === "problem"), findings: sorted };
}
