import type { TraySettings } from "../config/tray-settings.ts";
import type { Paths } from "../core/paths.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { reportTray } from "../../tray/report.ts";
import { note, ok } from "./finding.ts";

type Environment = Parameters<typeof reportTray>[1];

/** Whether the icon is shown in this session, and why not. Never a problem: nothing needs it. */
export async function examineTray(
  { backend: wanted }: Pick<TraySettings, "backend">,
  env: Environment,
  paths: Paths,
): Promise<DiagnosisFinding> {
  const { shown, backend, reason, hint } = await reportTray(wanted, env, paths);
  if (shown) return ok("tray", `the icon is shown (${backend})`);
  if (wanted === "none") return ok("tray", `not shown: ${reason}`);
  return note("tray", { code: "tray_not_shown", message: `not shown: ${reason}`, hint });
}
