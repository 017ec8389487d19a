import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { note, ok } from "./finding.ts";

export const SYSTEMS = { linux: "Linux", darwin: "macOS", win32: "Windows" } as const;

/**
 * How far a feature is on a system. `tried`: it ran there, with the system's own part. `built`: the code is
 * written and has not run there, or only with a replacement for the system's part. `absent`: no code for it.
 */
export type Support = "tried" | "built" | "absent";

interface Feature extends Record<keyof typeof SYSTEMS, Support> {
  feature: string;
}

/** The table of MANUAL.md, section "Systems". */
export const FEATURES: readonly Feature[] = [
  feature("reading files, by watch, schedule and command", "tried", "built", "built"),
  feature("file watching", "tried", "built", "built"),
  feature("a full sweep when file events were lost", "tried", "absent", "absent"),
  feature("limits on watched directories", "tried", "absent", "absent"),
  feature("a directory that is offline keeps its files", "tried", "built", "built"),
  feature("warning about a network drive that is watched", "tried", "absent", "absent"),
  feature("extractor without access to files or network", "tried", "built", "built"),
  feature("extractor's limit on resident memory", "tried", "absent", "absent"),
  feature("extractor's limit on processor time", "tried", "built", "absent"),
  feature("config, keys and database private to the user", "tried", "built", "absent"),
  feature("the page in a browser", "tried", "built", "built"),
  feature("opening the page, files and the log (`open`, tray)", "built", "built", "built"),
  feature("tray icon", "tried", "built", "built"),
  feature("notifications", "built", "built", "built"),
  feature("service at login", "built", "built", "built"),
  feature("name of the program that holds the port", "tried", "absent", "absent"),
  feature("completion for bash, zsh and fish", "tried", "built", "absent"),
  feature("install from a package", "tried", "built", "built"),
];

function feature(name: string, linux: Support, darwin: Support, win32: Support): Feature {
  return { feature: name, linux, darwin, win32 };
}

/** Which features are tried, built and absent on this system. */
export function examineSystem(platform: string = process.platform): DiagnosisFinding {
  if (!isKnown(platform)) {
    return note("system", {
      code: "system_unknown",
      message: `Agent Runner is not written for ${platform}.`,
      hint: "Run it on Linux, where it is tried.",
    });
  }
  const byState = Map.groupBy(FEATURES, (row) => row[platform]);
  const list = (state: Support): string[] => {
    const rows = byState.get(state) ?? [];
    return rows.length === 0 ? [] : [`${state}: ${rows.map((row) => row.feature).join(", ")}`];
  };
  const tried = byState.get("tried")?.length ?? 0;
  const counted = `${SYSTEMS[platform]}: ${tried} of ${FEATURES.length} features were tried`;
  const rest = [...list("built"), ...list("absent")];
  const message = `${[counted, ...rest].join("; ")}.`;
  return tried > 0
    ? ok("system", message)
    : note("system", {
        code: "system_untried",
        message,
        hint: "Report what does not work here.",
      });
}

function isKnown(platform: string): platform is keyof typeof SYSTEMS {
  return platform in SYSTEMS;
}
