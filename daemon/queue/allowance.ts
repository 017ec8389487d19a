import type { Clock } from "../core/clock.ts";
import { startOfLocalDay, toInstant } from "../core/clock.ts";
import { RunnerError } from "../core/errors.ts";
import { sayUsd } from "../core/money.ts";
import {
  findShortage,
  reservedOf,
  type Shortage,
  type Spender,
  sumSpent,
} from "../journal/budget.ts";
import type { Journal } from "../journal/open.ts";
import type { Agent, Budget } from "../protocol/agent.ts";
import { type Allowance, budgetKey, type Reservation } from "../protocol/budget.ts";

// What remote endpoints may cost in a day, in US dollars, if the config has no budget.
const DEFAULT_USD = 1;
// The same if the price is not known.
const DEFAULT_REQUESTS = 500;

const UNITS = ["requests", "tokens", "usd"] as const;

/**
 * Every limit on the requests of an agent. Without any budget, a remote model gets a default limit for a day.
 *
 * @param all the budget of all agents together
 * @param model.is_remote whether its endpoint is on another machine
 * @param model.has_price whether the cost of a request is known beforehand
 */
export function allowancesOf(
  all: Budget,
  own: Agent["budget"],
  model: { is_remote: boolean; has_price: boolean },
): Allowance[] {
  const read = (budget: Agent["budget"], of: Allowance["of"]): Allowance[] =>
    (["day", "run"] as const).flatMap((per) =>
      UNITS.flatMap((unit) => {
        const limit = budget[`${unit}_per_${per}`];
        return limit === undefined ? [] : [{ of, per, unit, limit }];
      }),
    );
  const written = [...read(all, "all"), ...read(own, "agent")];
  if (written.length > 0 || !model.is_remote) return written;
  const fallback = model.has_price
    ? ({ unit: "usd", limit: DEFAULT_USD } as const)
    : ({ unit: "requests", limit: DEFAULT_REQUESTS } as const);
  return [{ of: "all", per: "day", ...fallback }];
}

/**
 * Throws unless the allowances cover one more request. Call it in the transaction that writes the request.
 *
 * @throws {RunnerError} budget_exhausted or run_budget_exhausted with `data.retry_after_ms` (the next local
 *   midnight), price_unknown
 */
export function claimAllowance(
  journal: Journal,
  allowances: readonly Allowance[],
  spender: Omit<Spender, "day_start" | "day_end">,
  asked: Reservation,
  clock: Clock,
): void {
  const now = clock.now();
  const shortage = findShortage(journal, allowances, { ...spender, ...dayOf(now) }, asked);
  if (shortage !== undefined) throw explain(shortage, now);
}

/** The error of a daily allowance that is used up; undefined if there is room for a request. */
export function findExhausted(
  journal: Journal,
  allowances: readonly Allowance[],
  agentId: string,
  clock: Clock,
): RunnerError | undefined {
  const now = clock.now();
  const spender = { agent_id: agentId, ...dayOf(now) };
  for (const allowance of allowances.filter(({ per }) => per === "day")) {
    const sums = sumSpent(journal, allowance, spender);
    const spent = sums[allowance.unit];
    const reserved = reservedOf(sums, allowance.unit);
    if (spent >= allowance.limit) return explain({ allowance, spent, reserved, asked: 0 }, now);
  }
  return undefined;
}

/** The local day of an instant (milliseconds since 1970). */
function dayOf(now: number): Pick<Spender, "day_start" | "day_end"> {
  return {
    day_start: toInstant(startOfLocalDay(now)),
    day_end: toInstant(startOfLocalDay(now, 1)),
  };
}

function explain({ allowance, spent, reserved, asked }: Shortage, now: number): RunnerError {
  const key = budgetKey(allowance);
  const whose = allowance.of === "all" ? "the budget of all agents" : "the agent's budget";
  if (asked === null) {
    return new RunnerError(
      "price_unknown",
      `The cost of a request is not known, so ${key} (${whose}) cannot be kept.`,
      {
        hint: "Set model.price in the config (0 for a model that costs nothing), or limit requests or tokens instead.",
      },
    );
  }
  const resetsAt = startOfLocalDay(now, 1);
  const amount = (value: number): string =>
    allowance.unit === "usd" ? sayUsd(value) : `${value} ${allowance.unit}`;
  const held = reserved > 0 ? `, ${amount(reserved)} reserved` : "";
  const more = asked === 0 ? "" : ` The next request may take ${amount(asked)}.`;
  const limit = allowance.per === "run" ? "Limit of a run" : "Daily limit";
  const code = allowance.per === "run" ? "run_budget_exhausted" : "budget_exhausted";
  const when =
    allowance.per === "run" ? "with the next run, or at" : "at the start of the next day,";
  return new RunnerError(
    code,
    `${limit} ${amount(allowance.limit)} (${key}, ${whose}): ${amount(spent - reserved)} spent${held}.${more}`,
    {
      hint: `Raise ${key} in the config, or wait: its files continue ${when} ${toInstant(resetsAt)}.`,
      data: { retry_after_ms: resetsAt - now, resets_at: toInstant(resetsAt) },
    },
  );
}
