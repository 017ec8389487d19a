import type { Clock } from "../core/clock.ts";
import { startOfLocalDay, toInstant } from "../core/clock.ts";
import { RunnerError } from "../core/errors.ts";
import { findShortage, type Shortage, type Spender, sumSpent } from "../journal/budget.ts";
import type { Journal } from "../journal/open.ts";
import type { Agent, Budget } from "../protocol/agent.ts";
import { type Allowance, budgetKey, type Reservation } from "../protocol/budget.ts";

// What a remote endpoint may cost in a day where nobody wrote a budget.
const DEFAULT_USD = 1;
// The same where the price is not known.
const DEFAULT_REQUESTS = 500;

const UNITS = ["requests", "tokens", "usd"] as const;

/**
 * Every limit on the requests of an agent.
 *
 * @param all the budget of all agents together
 * @param model.is_remote whether its endpoint is beyond this machine
 * @param model.has_price whether what a request costs is known beforehand
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
 * Makes sure that the allowances cover one more request; in the transaction that writes it.
 *
 * @throws {RunnerError} budget_exhausted or run_budget_exhausted with `data.retry_after_ms` (the next local
 *   midnight), price_unknown
 */
export function claimAllowance(
  journal: Journal,
  allowances: readonly Allowance[],
  spender: Omit<Spender, "day_start">,
  asked: Reservation,
  clock: Clock,
): void {
  const now = clock.now();
  const day_start = toInstant(startOfLocalDay(now));
  const shortage = findShortage(journal, allowances, { ...spender, day_start }, asked);
  if (shortage !== undefined) throw explain(shortage, now);
}

/** Whether the allowances of a day leave no room for any request at all; then, what is short. */
export function findExhausted(
  journal: Journal,
  allowances: readonly Allowance[],
  agentId: string,
  clock: Clock,
): RunnerError | undefined {
  const now = clock.now();
  const spender = { agent_id: agentId, day_start: toInstant(startOfLocalDay(now)) };
  for (const allowance of allowances.filter(({ per }) => per === "day")) {
    const { [allowance.unit]: spent } = sumSpent(journal, allowance, spender);
    if (spent >= allowance.limit) return explain({ allowance, spent, asked: 0 }, now);
  }
  return undefined;
}

function explain({ allowance, spent, asked }: Shortage, now: number): RunnerError {
  const key = budgetKey(allowance);
  const whose = allowance.of === "all" ? "the budget of all agents" : "the agent's budget";
  if (asked === null) {
    return new RunnerError(
      "price_unknown",
      `What a request costs is not known, so ${key} (${whose}) cannot be kept.`,
      {
        hint: "Set model.price in the config (0 for a model that costs nothing), or limit requests or tokens instead.",
      },
    );
  }
  const resetsAt = startOfLocalDay(now, 1);
  const amount = (value: number): string =>
    allowance.unit === "usd" ? `$${value.toFixed(4)}` : `${value}`;
  const more = asked === 0 ? "" : `, and the next request may take ${amount(asked)}`;
  const code = allowance.per === "run" ? "run_budget_exhausted" : "budget_exhausted";
  const when =
    allowance.per === "run" ? "with the next run, or at" : "at the beginning of the next day,";
  return new RunnerError(
    code,
    `${key} ${amount(allowance.limit)} of ${whose} does not cover more: ${amount(spent)} are spent${more}.`,
    {
      hint: `Its files go on ${when} ${toInstant(resetsAt)}; or raise ${key} in the config.`,
      data: { retry_after_ms: resetsAt - now, resets_at: toInstant(resetsAt) },
    },
  );
}
