import { expect, test } from "vitest";
import { accountOf, openEndpointHolds } from "../../daemon/queue/endpoint-holds.ts";
import { modelSchema } from "../../daemon/protocol/agent.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { addJob, NOW, openTestJournal } from "../helper/test-journal.ts";

const settings = modelSchema.parse({ provider: "openai", api_key: "k1" });
const account = accountOf(settings) ?? { id: "", place: "" };
const HOUR_MS = 60 * 60_000;
const asked = { code: "rate_limited", ms: HOUR_MS } as const;

test("a hold ends after its own time, also if the clock is set back or the daemon restarts", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  const open = () => openEndpointHolds({ journal, clock, agentsAt: () => ["inbox"] });
  const holds = open();
  holds.hold(account, asked);
  expect(holds.has(account)).toBe(true);
  clock.jump(-5 * 365 * 24 * HOUR_MS);
  expect(open().has(account)).toBe(true);
  await clock.advance(HOUR_MS - 1);
  expect(open().has(account)).toBe(true);
  await clock.advance(1);
  expect(open().has(account)).toBe(false);
});

test("what a hold is kept under holds no key, and differs by address, key and headers", () => {
  const ids = [
    account,
    accountOf({ ...settings, api_key: "k2" }),
    accountOf({ ...settings, base_url: "http://127.0.0.1:1/v1" }),
    accountOf({ ...settings, headers: { "x-team": "b" } }),
  ].map((one) => one?.id);
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}$/);
  expect(accountOf({ ...settings, name: "another" })).toEqual(account);
  expect(accountOf({ ...settings, provider: "rules" })).toBeUndefined();
});

test("each run by hand may send one request; an answer frees the endpoint", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const holds = openEndpointHolds({ journal, clock: fakeClock(NOW), agentsAt: () => ["inbox"] });
  const { run_id } = addJob(journal);
  holds.hold(account, asked);
  const held = expect.objectContaining({ code: "rate_limited" });
  expect(() => holds.check(account, "run_by_watch")).toThrow(held);
  holds.check(account, run_id);
  holds.claim(account, run_id);
  expect(() => holds.check(account, run_id)).toThrow(held);
  expect(() => holds.claim(account, run_id)).toThrow(held);
  holds.free(account);
  holds.claim(account, "run_by_watch");
});
