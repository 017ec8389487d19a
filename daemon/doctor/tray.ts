import type { TraySettings } from "../config/tray-settings.ts";
import type { Paths } from "../core/paths.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { reportTray } from "../../tray/report.ts";
import { note, ok } from "./finding.ts";

type Environment = Parameters<typeof reportTray>[1];

/** Reports whether this session shows the icon, and if not, why. Never a problem, because nothing needs it. */
export async function examineTray(
  { backend: wanted }: Pick<TraySettings, "backend">,
  env: Environment,
  paths: Paths,
): Promise<DiagnosisFinding> {
  const { shown, backend, reason, hint } = await reportTray(wanted, env, paths);
  if (shown) return ok("tray", `The icon is shown (${backend}).`);
  if (wanted === "none") return ok("tray", `The icon is not shown: ${reason}.`);
  return note("tray", {
    code: "tray_not_shown",
    message: `The icon is not shown: ${reason}.`,
    hint,
  });
}
