import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Paths } from "../core/paths.ts";
import { findUnsafe } from "../core/safe-home.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { orOk, problem } from "./finding.ts";
import { shellCommand } from "../core/shell-command.ts";

const HAS_MODES = process.platform !== "win32";
/** Mode bits that give access to anyone but the owner. */
const OTHERS = 0o077;

/** Checks that this user can write to the product's own directories, and that no other user can read them. */
export function examineHome(paths: Paths): readonly DiagnosisFinding[] {
  const places = paths.own.filter((place) => existsSync(place));
  const { config, database, daemonFile } = paths;
  // Reading the config checks secrets.env, here and in the daemon.
  const files = [config, database, daemonFile].filter((file) => existsSync(file));
  const unsafe = findUnsafe(paths);
  const findings = [
    ...(unsafe === undefined
      ? []
      : [problem("home", { code: unsafe.code, message: unsafe.message, hint: unsafe.hint })]),
    ...places.flatMap(examinePlace),
    ...examineBackups(path.join(path.dirname(database), "backups")),
    ...[...places.map((place) => [place, 0o700] as const), ...toPrivate(files)].flatMap(
      ([place, mode]) => examineMode(place, mode),
    ),
  ];
  return orOk(
    "home",
    findings,
    places.length === 0
      ? `${paths.own.filter((place) => place !== paths.signInVisible).join(", ")} will be created at the first start.`
      : `Only this user can read ${places.join(", ")}.`,
  );
}

function toPrivate(files: readonly string[]): (readonly [string, number])[] {
  return files.map((file) => [file, 0o600] as const);
}

function examinePlace(place: string): DiagnosisFinding[] {
  if (!statSync(place).isDirectory()) {
    const message = `${place} is not a directory.`;
    const hint = "Move it away: the next start makes a directory in its place.";
    return [problem("home", { code: "home_unusable", message, hint })];
  }
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    return [];
  } catch {
    const message = `This user cannot write to ${place}.`;
    const hint = `Run \`${shellCommand('sudo chown -R "$(id -un)"', place)}\`, or set AGENT_RUNNER_HOME to another directory.`;
    return [problem("home", { code: "home_unusable", message, hint })];
  }
}

/** Every backup goes there, also the one before an upgrade. */
function examineBackups(place: string): DiagnosisFinding[] {
  return existsSync(place) ? examinePlace(place) : [];
}

function examineMode(place: string, wanted: number): DiagnosisFinding[] {
  const { mode } = statSync(place);
  if (!HAS_MODES || (mode & OTHERS) === 0) return [];
  const octal = wanted.toString(8);
  return [
    problem("home", {
      code: "permissions_open",
      message: `${place} is open to other users (mode ${(mode & 0o777).toString(8)}, expected ${octal}).`,
      hint: `Run \`${shellCommand(`chmod ${octal}`, place)}\`.`,
    }),
  ];
}
