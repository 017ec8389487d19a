import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { ok, problem } from "./finding.ts";
import { CALL } from "../core/call.ts";

// The same as in cli/runtime.js, which must run on any Node and can share nothing.
const NEEDED = { major: 24, minor: 12 };

/** Whether this Node can run the program; the launcher sees to it, unless somebody went round it. */
export function examineRuntime(
  version = process.versions.node,
  path = process.execPath,
): DiagnosisFinding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isNew = major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor);
  const said = `Node ${version} (${path})`;
  if (isNew) return ok("runtime", said);
  const message = `${said} is older than ${NEEDED.major}.${NEEDED.minor}, which is needed`;
  const hint = `Run it as \`${CALL}\`, which takes the Node that \`npm ci\` installed.`;
  return problem("runtime", { code: "runtime_old", message, hint });
}
