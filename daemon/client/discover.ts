import { createHmac, randomBytes } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { readHomeFile } from "../core/home-file.ts";
import type { Paths } from "../core/paths.ts";
import { type DaemonFile, daemonFileSchema, healthSchema } from "../protocol/api.ts";
import { type Client, createClient } from "./client.ts";
import { notRunning, type Place, requestJson } from "./request.ts";

// A daemon under load answers within a second or two.
const PROOF_TIMEOUT_MS = 10_000;

const MAX_FILE_BYTES = 64 * 1024;

/** The content of daemon.json; undefined if the file is missing or not valid. */
export function findDaemon(paths: Paths): DaemonFile | undefined {
  try {
    return daemonFileSchema.parse(
      JSON.parse(readHomeFile(paths.daemonFile, MAX_FILE_BYTES).bytes.toString("utf8")),
    );
  } catch {
    return undefined;
  }
}

/**
 * A client of the daemon of this home. A killed daemon leaves its file behind, and another program may have
 * its port by now: what listens there has to prove that it knows the token before the token is sent.
 *
 * @param signal ends this and every request of the client
 * @throws daemon_not_running
 */
export async function connect(paths: Paths, signal?: AbortSignal): Promise<Client> {
  const place = await locate(paths, signal);
  return createClient({ ...place, signal, locate: () => locate(paths, signal) });
}

async function locate(paths: Paths, signal?: AbortSignal): Promise<Place> {
  const daemon = findDaemon(paths);
  if (!daemon) {
    refuseForeign(paths.daemonFile);
    throw notRunning("No daemon runs in this home.");
  }
  const { url, token } = daemon;
  if (await provesToken(url, token, signal)) return { url, token };
  throw notRunning(`The program that listens at ${url} is not the daemon of this home.`);
}

/** In another user's home a daemon may run unseen, and starting one there would not help. */
function refuseForeign(daemonFile: string): void {
  try {
    accessSync(daemonFile, constants.R_OK);
  } catch (error) {
    if (systemErrorCode(error) !== "EACCES") return;
    throw new RunnerError("daemon_not_running", `${daemonFile} cannot be read (EACCES).`, {
      hint: "Run this as the user who owns the directory, or set AGENT_RUNNER_HOME to a directory of your own.",
      cause: error,
    });
  }
}

async function provesToken(url: string, token: string, signal?: AbortSignal): Promise<boolean> {
  const nonce = randomBytes(32).toString("hex");
  const options = { url, timeoutMs: PROOF_TIMEOUT_MS, signal };
  try {
    const answer = await requestJson(options, "GET", `/api/health?nonce=${nonce}`);
    const { proof } = healthSchema.parse(answer);
    return proof === createHmac("sha256", token).update(nonce).digest("hex");
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RunnerError && error.code === "daemon_not_running") throw error;
    return false;
  }
}
