import { accessSync, constants, existsSync, statSync } from "node:fs";
import type { Paths } from "../core/paths.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { orOk, problem, quote } from "./finding.ts";

const HAS_MODES = process.platform !== "win32";
/** Bits of a mode that let anyone but the owner in. */
const OTHERS = 0o077;

/** The places of the product: whether this user can write to them, and nobody else can look into them. */
export function examineHome(paths: Paths): readonly DiagnosisFinding[] {
  const places = paths.own.filter((place) => existsSync(place));
  const { config, database, daemonFile } = paths;
  // secrets.env is looked at where the config is read, which is the same with the daemon.
  const files = [config, database, daemonFile].filter((file) => existsSync(file));
  const findings = [
    ...places.flatMap(examinePlace),
    ...[...places.map((place) => [place, 0o700] as const), ...toPrivate(files)].flatMap(
      ([place, mode]) => examineMode(place, mode),
    ),
  ];
  return orOk(
    "home",
    findings,
    places.length === 0
      ? `${paths.own.join(", ")} (made at the first start)`
      : `${places.join(", ")}: for this user alone`,
  );
}

function toPrivate(files: readonly string[]): (readonly [string, number])[] {
  return files.map((file) => [file, 0o600] as const);
}

function examinePlace(place: string): DiagnosisFinding[] {
  if (!statSync(place).isDirectory()) {
    const message = `${place} is not a directory`;
    const hint = "Move it away, or set AGENT_RUNNER_HOME to another directory.";
    return [problem("home", { code: "home_unusable", message, hint })];
  }
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    return [];
  } catch {
    const message = `${place} cannot be written to by this user`;
    const hint = `Run: sudo chown -R "$(id -un)" ${quote(place)}; or set AGENT_RUNNER_HOME to another directory.`;
    return [problem("home", { code: "home_unusable", message, hint })];
  }
}

function examineMode(place: string, wanted: number): DiagnosisFinding[] {
  const { mode } = statSync(place);
  if (!HAS_MODES || (mode & OTHERS) === 0) return [];
  const octal = wanted.toString(8);
  return [
    problem("home", {
      code: "permissions_open",
      message: `${place} is open to other users (mode ${(mode & 0o777).toString(8)}, expected ${octal})`,
      hint: `Run: chmod ${octal} ${quote(place)}`,
    }),
  ];
}
