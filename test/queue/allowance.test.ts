import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startOfLocalDay, toInstant } from "../../daemon/core/clock.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { answerRequest, failRequest, openRequest } from "../../daemon/journal/attempts.ts";
import type { ClaimedJob } from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import type { Allowance, Reservation } from "../../daemon/protocol/budget.ts";
import { allowancesOf, claimAllowance, findExhausted } from "../../daemon/queue/allowance.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { addJob, claim, NOW, openTestJournal } from "../helper/test-journal.ts";

const REMOTE = { is_remote: true, has_price: true };
const DAY = { of: "all", per: "day" } as const;

test("every key of both budgets is a limit of its own", () => {
  const all = { requests_per_day: 1, tokens_per_day: 2, usd_per_day: 3 };
  const own = { usd_per_day: 4, requests_per_run: 5, tokens_per_run: 6, usd_per_run: 7 };
  expect(allowancesOf(all, own, REMOTE)).toEqual([
    { ...DAY, unit: "requests", limit: 1 },
    { ...DAY, unit: "tokens", limit: 2 },
    { ...DAY, unit: "usd", limit: 3 },
    { of: "agent", per: "day", unit: "usd", limit: 4 },
    { of: "agent", per: "run", unit: "requests", limit: 5 },
    { of: "agent", per: "run", unit: "tokens", limit: 6 },
    { of: "agent", per: "run", unit: "usd", limit: 7 },
  ]);
});

test.each([
  ["a remote endpoint", REMOTE, [{ ...DAY, unit: "usd", limit: 1 }]],
  [
    "a remote endpoint of unknown price",
    { is_remote: true, has_price: false },
    [{ ...DAY, unit: "requests", limit: 500 }],
  ],
  ["a model on this machine", { is_remote: false, has_price: false }, []],
])("where nobody wrote a budget, %s has its default", (_name, model, expected) => {
  expect(allowancesOf({}, {}, model)).toEqual(expected);
});

test("a written limit of 0 is a limit, and no default is added to it", () => {
  expect(allowancesOf({}, { requests_per_run: 0 }, REMOTE)).toEqual([
    { of: "agent", per: "run", unit: "requests", limit: 0 },
  ]);
});

interface Ledger {
  journal: Journal;
  job: ClaimedJob;
  /** Claims and writes a request; gives its row, or the code of what stood in the way. */
  ask(allowances: readonly Allowance[], reservation: Reservation): number | string;
}

function openLedger(journal: Journal, clock = fakeClock(NOW)): Ledger {
  addJob(journal);
  const job = claim(journal);
  const { job_id, attempt_id, run_id, agent_id } = job;
  const of = { job_id, attempt_id, run_id, agent_id, provider: "openai", model: "m" } as const;
  let iteration = 0;
  return {
    journal,
    job,
    ask(allowances, { tokens, usd }) {
      try {
        return journal.transaction(() => {
          claimAllowance(journal, allowances, job, { tokens, usd }, clock);
          iteration += 1;
          const reserved = { reserved_tokens: tokens, reserved_usd: usd };
          return openRequest(journal, { ...of, ...reserved, iteration }, toInstant(clock.now()));
        });
      } catch (error) {
        return error instanceof RunnerError ? error.code : String(error);
      }
    },
  };
}

function answer(journal: Journal, seq: number | string, tokens: number, cost_usd: number | null) {
  const usage = { input_tokens: tokens, cached_input_tokens: 0, output_tokens: 0 };
  answerRequest(journal, Number(seq), { reply: "{}", ...usage, cost_usd }, NOW);
}

function fail(
  journal: Journal,
  seq: number | string,
  failure: { code?: string; cost_usd: number | null },
): void {
  const { code = "endpoint_fault", cost_usd } = failure;
  failRequest(journal, Number(seq), { error: { code, message: "", hint: null }, cost_usd }, NOW);
}

test("what is reserved counts until the reply is booked, then what it took", async () => {
  using opened = await openTestJournal();
  const { journal, ask } = openLedger(opened.journal);
  const limit: Allowance[] = [{ ...DAY, unit: "tokens", limit: 100 }];
  const first = ask(limit, { tokens: 60, usd: null });
  expect(ask(limit, { tokens: 60, usd: null })).toBe("budget_exhausted");
  answer(journal, first, 40, null);
  expect(ask(limit, { tokens: 60, usd: null })).toBeTypeOf("number");
  expect(ask(limit, { tokens: 1, usd: null })).toBe("budget_exhausted");
});

test.each([
  ["may have been paid for keeps its reservation", null, "budget_exhausted"],
  ["was refused keeps none", 0, 2],
])("a request without a reply that %s, and counts as one", async (_name, cost_usd, next) => {
  using opened = await openTestJournal();
  const { journal, ask } = openLedger(opened.journal);
  const usd: Allowance[] = [{ ...DAY, unit: "usd", limit: 1 }];
  const tokens: Allowance[] = [{ ...DAY, unit: "tokens", limit: 15 }];
  fail(journal, ask(usd, { tokens: 10, usd: 1 }), { cost_usd });
  const requests: Allowance[] = [{ ...DAY, unit: "requests", limit: 1 }];
  expect(ask(requests, { tokens: 10, usd: null })).toBe("budget_exhausted");
  expect(ask([...usd, ...tokens], { tokens: 10, usd: 0.5 })).toEqual(next);
});

test("a request that reached no endpoint does not count", async () => {
  using opened = await openTestJournal();
  const { journal, ask } = openLedger(opened.journal);
  const limit: Allowance[] = [{ ...DAY, unit: "requests", limit: 1 }];
  fail(journal, ask(limit, { tokens: 1, usd: null }), {
    code: "endpoint_unreachable",
    cost_usd: 0,
  });
  expect(ask(limit, { tokens: 1, usd: null })).toBeTypeOf("number");
});

test("requests that a clock years ahead dated count on their day, not on every day until then", async () => {
  using opened = await openTestJournal();
  const clock = fakeClock("2031-05-01T10:00:00.000Z");
  const { journal, ask } = openLedger(opened.journal, clock);
  const limit: Allowance[] = [{ ...DAY, unit: "requests", limit: 1 }];
  expect(ask(limit, { tokens: 1, usd: null })).toBeTypeOf("number");
  expect(findExhausted(journal, limit, "inbox", clock)?.code).toBe("budget_exhausted");
  clock.jump(Date.parse(NOW) - clock.now());
  expect(findExhausted(journal, limit, "inbox", clock)).toBeUndefined();
  expect(ask(limit, { tokens: 1, usd: null })).toBeTypeOf("number");
  expect(ask(limit, { tokens: 1, usd: null })).toBe("budget_exhausted");
});

test("a price that is not known is not 0: it blocks a limit in dollars", async () => {
  using opened = await openTestJournal();
  const { journal, ask } = openLedger(opened.journal);
  const usd: Allowance[] = [{ ...DAY, unit: "usd", limit: 1 }];
  expect(ask(usd, { tokens: 1, usd: null })).toBe("price_unknown");
  answer(journal, ask([], { tokens: 100, usd: null }), 100, null);
  // What was spent at an unknown price counts by the token as what is asked now.
  expect(ask(usd, { tokens: 100, usd: 0.6 })).toBe("budget_exhausted");
  expect(ask(usd, { tokens: 100, usd: 0.5 })).toBeTypeOf("number");
});

test("an allowance of an agent or a run counts its own requests alone", async () => {
  using opened = await openTestJournal();
  const { journal, ask, job } = openLedger(opened.journal);
  const own: Allowance[] = [{ of: "agent", per: "day", unit: "requests", limit: 1 }];
  const ofRun: Allowance[] = [{ of: "agent", per: "run", unit: "requests", limit: 1 }];
  ask([], { tokens: 1, usd: null });
  expect(ask(own, { tokens: 1, usd: null })).toBe("budget_exhausted");
  expect(ask(ofRun, { tokens: 1, usd: null })).toBe("run_budget_exhausted");
  const clock = fakeClock(NOW);
  const other = { agent_id: "other", run_id: "run_other" };
  const asked = { tokens: 1, usd: null };
  expect(() => claimAllowance(journal, [...own, ...ofRun], other, asked, clock)).not.toThrow();
  expect(findExhausted(journal, own, job.agent_id, clock)?.status).toBe(402);
  expect(findExhausted(journal, [...own, ...ofRun], "other", clock)).toBeUndefined();
});

describe("the local day", () => {
  test("ends at the next midnight, and with it what was spent", async () => {
    using opened = await openTestJournal();
    const clock = fakeClock(NOW);
    const { ask } = openLedger(opened.journal, clock);
    const limit: Allowance[] = [{ ...DAY, unit: "requests", limit: 1 }];
    ask(limit, { tokens: 1, usd: null });
    const exhausted = findExhausted(opened.journal, limit, "inbox", clock);
    const resetsAt = startOfLocalDay(clock.now(), 1);
    expect(exhausted?.data).toEqual({
      retry_after_ms: resetsAt - clock.now(),
      resets_at: toInstant(resetsAt),
    });
    await clock.advance(resetsAt - clock.now() - 1);
    expect(ask(limit, { tokens: 1, usd: null })).toBe("budget_exhausted");
    await clock.advance(1);
    expect(ask(limit, { tokens: 1, usd: null })).toBeTypeOf("number");
  });
});

test("whatever is asked and however it ends, no limit is ever passed", async () => {
  using opened = await openTestJournal();
  const { journal, ask } = openLedger(opened.journal);
  const step = fc.record({
    tokens: fc.integer({ min: 1, max: 50 }),
    // Never more than was reserved: a reply is capped by what its request asked for.
    used: fc.double({ min: 0, max: 1, noNaN: true }),
    end: fc.constantFrom("answer", "timeout", "refused", "open"),
  });
  const RATE = 0.01;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      journal.run(journal.build.deleteFrom("requests"));
      const limits: Allowance[] = [
        { ...DAY, unit: "requests", limit: 12 },
        { ...DAY, unit: "tokens", limit: 300 },
        { ...DAY, unit: "usd", limit: 2 },
      ];
      let [requests, tokens] = [0, 0];
      for (const { tokens: reserved, used, end } of steps) {
        const seq = ask(limits, { tokens: reserved, usd: reserved * RATE });
        if (typeof seq === "string") continue;
        requests += 1;
        const took = end === "answer" ? Math.floor(reserved * used) : reserved;
        if (end === "answer") answer(journal, seq, took, took * RATE);
        if (end === "timeout") fail(journal, seq, { cost_usd: null });
        if (end === "refused") fail(journal, seq, { cost_usd: 0 });
        tokens += end === "refused" ? 0 : took;
      }
      expect(requests).toBeLessThanOrEqual(12);
      expect(tokens).toBeLessThanOrEqual(300);
      expect(tokens * RATE).toBeLessThanOrEqual(2 + 1e-9);
    }),
    { numRuns: 60 },
  );
});
