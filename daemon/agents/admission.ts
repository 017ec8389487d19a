import { findPassesOn, type PassesOn } from "../agent/model/passes-on.ts";
import { hasCloudName } from "../agent/model/servers.ts";
import { CALL } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import { RunnerError } from "../core/errors.ts";
import {
  covers,
  dependsOnServer,
  type Destination,
  destinationOf,
  mayReceive,
} from "../core/sends.ts";
import type { Journal } from "../journal/open.ts";
import type { MaySend } from "../journal/jobs.ts";
import { type FilePlace, hasLostProvenance, listProvenance } from "../journal/places.ts";
import { type ModelSettings, RULES } from "../protocol/agent.ts";
import type { Privacy, Saying } from "./privacy.ts";

/*
 * Who may read a file: its agent's model, the built-in rules, or no one yet. It is decided before the file is read, and
 * again before each request, by the settings in force then. A crash costs nothing.
 */

/** Who reads the files of a job, and what it may see besides. */
export interface Reading {
  by: "model" | "rules";
  /** Where its requests go; null: nowhere, or its address is not known yet. */
  destination: Destination | null;
  /** Whether these files, and these entities, may go there by now. */
  isStillAllowed(files: readonly FilePlace[], entityIds: Iterable<string>): boolean;
  /** Whether an entity must be kept from the reader of these files; undefined: nothing is restricted. */
  veil(files: readonly FilePlace[]): ((entityId: string) => boolean) | undefined;
  /** Why the rules read the files instead of the model; null: they do not. */
  instead: string | null;
}

export interface Admission {
  /**
   * Decides who reads files of equal content.
   *
   * @throws {RunnerError} `not_allowed`, `endpoint_unreachable`
   */
  admit(files: readonly FilePlace[], signal: AbortSignal): Promise<Reading>;
  /** Whether the rules may read files instead of the model. */
  mayFallBack(): boolean;
}

/** Whether files may be sent, as far as the settings tell; what a server would say of itself counts as a yes. */
export function maySendTo(privacy: Privacy, { provider, base_url, name }: ModelSettings): MaySend {
  const to = destinationOf(base_url, hasCloudName(name));
  if (provider === RULES || to === undefined || privacy.isOpen()) return undefined;
  return (file) => allows(privacy.of(file), to);
}

// The settings end such a wait, and they are looked at when they change.
const UNTIL_SETTINGS_MS = 24 * 60 * 60_000;
// A server may get another model.
const UNTIL_SERVER_MS = 15 * 60_000;
const ASKED_AGAIN_MS = 60_000;

/** What the servers on this machine said last, for all agents. */
export interface ServerWords {
  find(settings: ModelSettings, signal: AbortSignal): Promise<PassesOn>;
}

export function createServerWords(clock: Clock): ServerWords {
  const words = new Map<string, { word: PassesOn; at: number }>();
  const keyOf = ({ base_url, name }: ModelSettings): string => `${base_url} ${name}`;
  return {
    async find(settings, signal) {
      const last = words.get(keyOf(settings));
      if (last !== undefined && clock.elapsed() - last.at < ASKED_AGAIN_MS) return last.word;
      const word = await findPassesOn(settings, signal);
      if (word !== "unanswered") words.set(keyOf(settings), { word, at: clock.elapsed() });
      return word;
    },
  };
}

export function createAdmission(
  { journal, privacy, servers }: { journal: Journal; privacy: Privacy; servers: ServerWords },
  model: ModelSettings,
): Admission {
  // The agent's own model may be the rules.
  const base = model.provider === RULES ? undefined : destinationOf(model.base_url);

  function readingBy(by: Reading["by"], to: Destination | null, instead: string | null): Reading {
    if (by === "rules" || to === null) {
      const nothing = { isStillAllowed: () => true, veil: () => undefined };
      return { by, destination: null, instead, ...nothing };
    }
    return {
      by,
      destination: to,
      instead,
      isStillAllowed(files, entityIds) {
        if (privacy.isOpen()) return true;
        if (!files.every((file) => allows(privacy.of(file), to))) return false;
        const isHidden = hider(files);
        for (const id of entityIds) if (isHidden(id)) return false;
        return true;
      },
      veil: (files) => (privacy.isOpen() ? undefined : hider(files)),
    };
  }

  /**
   * What a model reads may get into what it writes, and that is judged by its own files alone. So it reads only what may
   * go wherever these files may go.
   */
  function hider(files: readonly FilePlace[]): (entityId: string) => boolean {
    const own = files.flatMap((file) => privacy.of(file));
    const isOpen = (file: FilePlace): boolean =>
      privacy.of(file).every(({ sends }) => own.some((one) => covers(sends, one.sends)));
    return (entityId) =>
      !listProvenance(journal, entityId).every(isOpen) || hasLostProvenance(journal, entityId);
  }

  return {
    mayFallBack: () => base !== undefined && !privacy.isOpen(),
    async admit(files, signal) {
      if (base === undefined) return readingBy("model", null, null);
      const sayings = files.flatMap((file) => privacy.of(file));
      const asks = base.is_loopback && sayings.some(({ sends }) => dependsOnServer(sends, base));
      const word = asks ? await servers.find(model, signal) : undefined;
      if (word === "unanswered") throw unanswered(base);
      const passes_on = word === "yes" ? true : word === "no" ? false : null;
      const to = { ...base, passes_on };
      const refusing = files.filter((file) => !allows(privacy.of(file), to));
      if (refusing.length === 0) return readingBy("model", to, null);
      const saying = refusing.flatMap((file) => privacy.of(file)).find((one) => !allows([one], to));
      const why = explain(saying, to, model);
      if (refusing.every((file) => privacy.hasFallback(file))) {
        return readingBy("rules", null, why);
      }
      throw notAllowed(why, asks);
    },
  };
}

/** Whether files are read at all, by the model or instead of it by the rules, as far as the settings tell. */
export function isReadUnder(privacy: Privacy, model: ModelSettings): MaySend {
  const maySend = maySendTo(privacy, model);
  return maySend && ((file) => maySend(file) || privacy.hasFallback(file));
}

function allows(sayings: readonly Saying[], to: Destination): boolean {
  return sayings.every(({ sends }) => mayReceive(sends, to));
}

function explain(saying: Saying | undefined, to: Destination, { name }: ModelSettings): string {
  const { sends = "never", directory = null } = saying ?? {};
  const where = directory === null ? "What is in this directory" : `What is in ${directory}`;
  const said = typeof sends === "string" ? sends : sends.join(", ");
  const isPassedOn =
    to.is_loopback && sends !== "never" && mayReceive(sends, { ...to, passes_on: false });
  const server = `${to.host}:${to.port}`;
  const passes =
    to.passes_on === true
      ? `the server at ${server} passes requests for ${name} on to another machine`
      : `it is not known whether the server at ${server} passes requests for ${name} on to another machine`;
  return `${where} may not be sent to ${server}, because its \`sends\` is ${said}${isPassedOn ? ` and ${passes}` : ""}.`;
}

function notAllowed(message: string, isServers: boolean): RunnerError {
  return new RunnerError("not_allowed", message, {
    hint: `Choose another model with \`${CALL} models\`, add \`fallback: rules\`, or change \`sends\`.`,
    data: { retry_after_ms: isServers ? UNTIL_SERVER_MS : UNTIL_SETTINGS_MS },
  });
}

function unanswered({ host, port }: Destination): RunnerError {
  return new RunnerError(
    "endpoint_unreachable",
    `The server at ${host}:${port} cannot be asked whether it passes requests on to another machine.`,
    { hint: "Start the model server, or correct model.base_url." },
  );
}
