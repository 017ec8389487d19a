import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { writeFileAtomic } from "../../core/atomic-file.ts";
import { RunnerError } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import { planService, type ServicePlan } from "./plan.ts";
import { CALL } from "../../core/call.ts";
import { shellWord } from "../../core/shell-command.ts";

export interface ServiceState {
  manager: ServicePlan["manager"];
  name: string;
  files: string[];
  /** Whether the files exist and the system has registered them. */
  installed: boolean;
  /** Whether the files equal what would be written now. */
  up_to_date: boolean;
}

const COMMAND_MS = 20_000;

/** The plan to start this home's daemon at login on this machine. */
export function planOf({ env, entry, paths }: Context): ServicePlan {
  const { username } = os.userInfo();
  return planService({
    platform: process.platform,
    env,
    userHome: env["HOME"] || os.homedir(),
    uid: process.getuid?.() ?? 0,
    user: process.platform === "win32" ? `${env["USERDOMAIN"] ?? "."}\\${username}` : username,
    runtime: process.execPath,
    entry,
    state: path.dirname(paths.daemonFile),
  });
}

/** Whether the files exist, without asking the system. */
export function isWritten(plan: ServicePlan): boolean {
  return plan.files.every((file) => readText(file.path) !== undefined);
}

export async function readService(plan: ServicePlan, context: Context): Promise<ServiceState> {
  const texts = plan.files.map((file) => readText(file.path));
  const exist = texts.every((text) => text !== undefined);
  return {
    manager: plan.manager,
    name: plan.name,
    files: plan.files.map((file) => file.path),
    installed: exist && (await tryRun(plan.query, context)) === undefined,
    up_to_date: plan.files.every((file, index) => texts[index] === file.text),
  };
}

/**
 * Writes the files and registers them with the system; repeating it is harmless. If the system refuses, the
 * files become what they were.
 *
 * @throws service_unavailable
 */
export async function installService(plan: ServicePlan, context: Context): Promise<void> {
  const before = plan.files.map((file) => ({ path: file.path, text: readText(file.path) }));
  for (const file of plan.files) {
    mkdirSync(path.dirname(file.path), { recursive: true });
    writeFileAtomic(file.path, file.text, 0o644);
  }
  // launchd does not reload a service that is already loaded.
  if (plan.manager === "launchd") await tryRun(plan.disable[0], context);
  for (const command of plan.enable) {
    const fault = await tryRun(command, context);
    if (fault === undefined) continue;
    for (const { path: file, text } of before) {
      if (text === undefined) rmSync(file, { force: true });
      else writeFileAtomic(file, text, 0o644);
    }
    throw unavailable(plan, command, fault);
  }
}

/** Undoes the installation. A running daemon continues, unless the system ends it. */
export async function uninstallService(plan: ServicePlan, context: Context): Promise<void> {
  const { installed } = await readService(plan, context);
  for (const command of installed ? plan.disable : []) {
    const fault = await tryRun(command, context);
    if (fault !== undefined) throw unavailable(plan, command, fault);
  }
  for (const file of plan.files) rmSync(file.path, { force: true });
  for (const command of installed ? plan.forget : []) await tryRun(command, context);
}

function unavailable(
  { manager }: ServicePlan,
  command: readonly string[],
  fault: string,
): RunnerError {
  return new RunnerError(
    "service_unavailable",
    `${manager} refused \`${command.map(shellWord).join(" ")}\`: ${fault.replace(/\.$/u, "")}.`,
    { hint: `Start the daemon by hand with \`${CALL} start --detach\`; nothing was changed.` },
  );
}

/** Runs a command. Returns the last line of its error output if it fails, else undefined. */
async function tryRun(
  command: readonly string[] | undefined,
  { env, signal }: Context,
): Promise<string | undefined> {
  const [program = "", ...args] = command ?? [];
  try {
    await promisify(execFile)(program, args, {
      env,
      signal,
      timeout: COMMAND_MS,
      windowsHide: true,
    });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const { stderr, message } = error as Error & { stderr?: string };
    return stderr?.trim().split("\n").at(-1) || message.split("\n")[0] || "unknown";
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
