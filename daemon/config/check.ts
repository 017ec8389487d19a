import path from "node:path";
import { Cron } from "croner";
import type { AgentConfig } from "../protocol/agent.ts";
import { originOf } from "../core/endpoint.ts";
import { below } from "../core/finding.ts";
import type { Finding } from "../core/finding.ts";
import { parseHours } from "../core/hours.ts";
import { nearestName } from "../core/nearest.ts";
import { parseHost, type Sends } from "../core/sends.ts";
import type { WrittenModel } from "./resolve-model.ts";
import { expandHome } from "./resolve.ts";
import { hasBrokenVariable, hasVariable } from "./variable.ts";

/** What an agent is checked against besides its schema. */
export interface CheckContext {
  /** The names of all tools. */
  tools: readonly string[];
  userHome: string;
}

/** A fixed time, so that the check of a pattern does not depend on today. */
const EPOCH = new Date("2026-01-01T00:00:00Z");

/**
 * What is wrong with an agent that matches its schema, with paths from the agent. Never uses the disk, the environment
 * or the clock, so that a valid agent stays valid.
 */
export function checkAgent(agent: AgentConfig, context: CheckContext): Finding[] {
  return [
    ...checkDirectories(agent, context),
    ...checkSchedule(agent),
    ...agent.tools.flatMap((tool, index): Finding[] =>
      context.tools.includes(tool)
        ? []
        : [
            {
              path: ["tools", index],
              expected: `one of ${context.tools.join(", ")}`,
              near: nearestName(tool, context.tools),
            },
          ],
    ),
    ...below(["model"], checkModel(agent.model ?? {})),
  ];
}

function checkDirectories(agent: AgentConfig, { userHome }: CheckContext): Finding[] {
  const seen = new Set<string>();
  return agent.directories.flatMap((directory, index): Finding[] => {
    const at = ["directories", index, "path"];
    const hosts = checkSends(directory.sends ?? "any", ["directories", index, "sends"]);
    if (hosts.length > 0) return hosts;
    if (hasBrokenVariable(directory.path)) return [{ path: at, expected: VARIABLE }];
    const expanded = expandHome(directory.path, userHome);
    // A path with a variable can be checked only once it is filled.
    if (!path.isAbsolute(expanded) && !expanded.startsWith("${")) {
      return [{ path: at, expected: "an absolute path, or one that begins with ~/" }];
    }
    const same = path.normalize(`${expanded}/`);
    if (seen.has(same)) return [{ path: at, expected: "each directory once in an agent" }];
    seen.add(same);
    return [];
  });
}

/** What is wrong with the hosts of a `sends`. */
export function checkSends(sends: Sends, at: Finding["path"]): Finding[] {
  if (typeof sends === "string") return [];
  return sends.flatMap((host, index): Finding[] =>
    parseHost(host) === undefined
      ? [{ path: [...at, index], expected: "a host name without http://, with or without a port" }]
      : [],
  );
}

function checkSchedule({ schedule, timezone }: AgentConfig): Finding[] {
  if (timezone !== null && !isTimezone(timezone)) {
    return [{ path: ["timezone"], expected: "an IANA time zone such as Europe/Berlin" }];
  }
  if (schedule === null) return [];
  const first = firstTick(schedule, timezone);
  if (first === undefined) {
    return [{ path: ["schedule"], expected: 'a cron pattern such as "0 9 * * 1-5"' }];
  }
  return first ? [] : [{ path: ["schedule"], expected: "a cron pattern that matches some time" }];
}

/** The first time that a pattern matches; null if none does, undefined if it is not a pattern. */
function firstTick(pattern: string, timezone: string | null): Date | null | undefined {
  try {
    return new Cron(pattern, timezone === null ? {} : { timezone }).nextRun(EPOCH);
  } catch {
    return undefined;
  }
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

const VARIABLE = "${NAME}, with letters, digits and _, after every $";
// RFC 9110, section 5.6.2: token.
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What is wrong with a `model` section that matches its schema, with paths from the section. */
export function checkModel(model: WrittenModel): Finding[] {
  const findings: Finding[] = [];
  const { base_url, name, api_key, headers = {}, hours = null } = model;
  if (hours !== null && parseHours(hours) === undefined) {
    const expected = 'two different times from 00:00 to 23:59, such as "22:00-07:00"';
    findings.push({ path: ["hours"], expected });
  }
  if (base_url !== undefined) {
    if (hasBrokenVariable(base_url)) findings.push({ path: ["base_url"], expected: VARIABLE });
    else if (!hasVariable(base_url) && originOf(base_url) === undefined) {
      findings.push({ path: ["base_url"], expected: "an address with http:// or https://" });
    }
  }
  if (name !== undefined && hasVariable(name)) {
    const filled = "api_key, base_url, headers and path";
    findings.push({ path: ["name"], expected: `no variable (only ${filled} take one)` });
  }
  if (api_key && hasBrokenVariable(api_key)) {
    findings.push({ path: ["api_key"], expected: VARIABLE });
  }
  for (const [header, value] of Object.entries(headers)) {
    const at = ["headers", header];
    if (!HEADER_NAME.test(header)) findings.push({ path: at, expected: "the name of a header" });
    else if (hasBrokenVariable(value)) findings.push({ path: at, expected: VARIABLE });
  }
  return findings;
}

// Reserved for the user's own edits, and for agents that are not in a config.
const RESERVED = /^(user|adhoc-.*)$/;

/** What is wrong with the ids of agents, with paths from the list; undefined agents do not match the schema. */
export function checkIds(agents: readonly (AgentConfig | undefined)[]): Finding[] {
  const first = new Map<string, number>();
  return agents.flatMap((agent, index): Finding[] => {
    if (!agent) return [];
    const at = [index, "id"];
    if (RESERVED.test(agent.id)) {
      return [{ path: at, expected: 'an id that is not "user" and does not begin with "adhoc-"' }];
    }
    const before = first.get(agent.id);
    if (before === undefined) first.set(agent.id, index);
    return before === undefined
      ? []
      : [{ path: at, expected: `an id that agents[${before}] does not have` }];
  });
}
