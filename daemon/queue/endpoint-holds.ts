import { createHash } from "node:crypto";
import { CALL } from "../core/call.ts";
import { type Clock, toInstant } from "../core/clock.ts";
import { originOf } from "../core/endpoint.ts";
import { type ErrorCode, RunnerError } from "../core/errors.ts";
import { makeDue } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import { findRunRow } from "../journal/runs.ts";
import { readSetting, writeSetting } from "../journal/settings.ts";
import { type ModelSettings, RULES } from "../protocol/agent.ts";
import { type EndpointHold, endpointHolds } from "../protocol/endpoint-hold.ts";

/*
 * Endpoints that named a time before which they want no request. Nothing is sent to such an endpoint with the
 * same key before that time, whichever agent or file it is for, also after a restart. A run by hand asks once,
 * and an answer ends the hold at once. A clock that was set back cannot make a hold longer than it was.
 */

/** An endpoint together with the key it is asked with: what its limits count. */
export interface EndpointAccount {
  /** A short hash, from which no key can be guessed. */
  id: string;
  /** Scheme, host and port. */
  place: string;
}

export interface EndpointHolds {
  /** Whether an endpoint is held now. */
  has(account: EndpointAccount): boolean;
  /** Holds an endpoint from now on. Returns the end, in milliseconds, and the error of every file that waits for it. */
  hold(
    account: EndpointAccount,
    asked: { code: ErrorCode; ms: number },
  ): { until: number; error: RunnerError };
  /** Ends the hold of an endpoint that has answered; the files that waited for it are due. */
  free(account: EndpointAccount): void;
  /**
   * Makes sure that a run may send a request now.
   *
   * @throws {RunnerError} the error of the hold, with `data.held_until` in milliseconds
   */
  check(account: EndpointAccount, runId: string): void;
  /** Like `check`, and counts the request: a run by hand may send one while the endpoint is held. */
  claim(account: EndpointAccount, runId: string): void;
}

/** The account that a model is asked with; undefined for the rules. */
export function accountOf(model: ModelSettings): EndpointAccount | undefined {
  const { provider, base_url, api_key, headers } = model;
  if (provider === RULES) return undefined;
  // 32 bits tell the accounts of one home apart, and are too few to confirm a guessed key.
  const hash = createHash("sha256").update(JSON.stringify([base_url, api_key, headers]));
  return { id: hash.digest("hex").slice(0, 8), place: originOf(base_url) ?? "" };
}

const NAME = "endpoint_holds";

/** @param agentsAt the ids of the agents that use an account */
export function openEndpointHolds({
  journal,
  clock,
  agentsAt,
}: {
  journal: Journal;
  clock: Clock;
  agentsAt(account: EndpointAccount): readonly string[];
}): EndpointHolds {
  const holds = new Map(
    Object.entries(endpointHolds.safeParse(readSetting(journal, NAME)).data ?? {}),
  );
  // The runs by hand that have asked a held endpoint, by its account.
  const asked = new Map<string, Set<string>>();

  function keep(): void {
    writeSetting(journal, NAME, holds.size === 0 ? undefined : Object.fromEntries(holds));
  }

  function find({ id }: EndpointAccount): EndpointHold | undefined {
    const hold = holds.get(id);
    if (hold === undefined) return undefined;
    const now = clock.now();
    if (now < hold.since) {
      hold.until = now + (hold.until - hold.since);
      hold.since = now;
      keep();
    }
    return now < hold.until ? hold : undefined;
  }

  function check(account: EndpointAccount, runId: string): void {
    const hold = find(account);
    if (hold === undefined) return;
    if (isByHand(journal, runId) && !asked.get(account.id)?.has(runId)) return;
    throw explain(hold);
  }

  return {
    has: (account) => find(account) !== undefined,
    hold(account, { code, ms }) {
      const since = clock.now();
      const hold = { place: account.place, code, since, until: since + ms };
      for (const [id, { until }] of holds) if (until <= since) holds.delete(id);
      holds.set(account.id, hold);
      keep();
      return { until: hold.until, error: explain(hold) };
    },
    free(account) {
      const hold = holds.get(account.id);
      if (hold === undefined) return;
      journal.transaction(() => {
        holds.delete(account.id);
        keep();
        const now = toInstant(clock.now());
        for (const agentId of agentsAt(account)) makeDue(journal, agentId, now, hold.code);
      });
      asked.delete(account.id);
    },
    check,
    claim(account, runId) {
      check(account, runId);
      if (find(account) === undefined) return;
      const runs = asked.get(account.id) ?? new Set();
      asked.set(account.id, runs.add(runId));
    },
  };
}

function isByHand(journal: Journal, runId: string): boolean {
  const run = findRunRow(journal, runId);
  // Without force, a retry takes what is due.
  return run?.trigger === "manual" || (run?.trigger === "retry" && run.force === 1);
}

function explain({ place, code, until }: EndpointHold): RunnerError {
  return new RunnerError(
    // Only such codes are kept.
    code as ErrorCode,
    `The endpoint ${place} wants no request before ${toInstant(until)}.`,
    {
      hint: `Wait: the files go on by themselves. To ask it once before that, use \`${CALL} run AGENT\`.`,
      data: { held_until: until },
    },
  );
}
