import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endAttempt } from "../../daemon/journal/attempts.ts";
import { sumUsage } from "../../daemon/journal/run-views.ts";
import { listSent } from "../../daemon/journal/sent-views.ts";
import { listActivity, listUsage } from "../../daemon/journal/usage.ts";
import type { UsageBy } from "../../daemon/protocol/usage.ts";
import { addJob, claim, NOW, openTestJournal, type TestJournal } from "../helper/test-journal.ts";

let opened: TestJournal;
let ids: { job_id: string; attempt_id: string; run_id: string };
let zone: string | undefined;

beforeEach(async () => {
  zone = process.env["TZ"];
  opened = await openTestJournal();
  addJob(opened.journal);
  const { job_id, attempt_id, run_id } = claim(opened.journal);
  ids = { job_id, attempt_id, run_id };
});
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
  opened[Symbol.dispose]();
});

let iteration = 0;
function request(
  sent_at: string,
  cost_usd: number | null,
  more: { model?: string; state?: string; provider?: string } = {},
): void {
  const { model = "gpt-4.1", state = "answered", provider = "openai" } = more;
  const { job_id, attempt_id, run_id } = ids;
  opened.journal.run(
    sql`INSERT INTO requests (job_id, attempt_id, run_id, agent_id, iteration, state, provider, model,
        sent_at, input_tokens, cached_input_tokens, output_tokens, cost_usd)
      VALUES (${job_id}, ${attempt_id}, ${run_id}, 'inbox', ${(iteration += 1)}, ${state}, ${provider},
        ${model}, ${sent_at}, 100, 40, 10, ${cost_usd})`,
  );
}

function list(
  by: UsageBy,
  more: { from?: string; to?: string; limit?: number; cursor?: string } = {},
) {
  return listUsage(opened.journal, { by, limit: 50, ...more });
}

test("nothing was used where nothing was sent, and the rules send nothing", () => {
  request("2026-11-20T10:00:00.000Z", null, { provider: "rules", model: "rules" });
  expect(list("day")).toMatchObject({
    items: [],
    next_cursor: null,
    total: { requests: 0, cost_usd: 0 },
  });
});

test("a request that reached nothing is not counted, whoever sums it", () => {
  request("2026-11-20T10:00:00.000Z", 0.5);
  request("2026-11-20T11:00:00.000Z", 0, { state: "failed" });
  request("2026-11-20T12:00:00.000Z", 0, { state: "failed" });
  const error = JSON.stringify({ code: "endpoint_unreachable", message: "m", hint: "h" });
  opened.journal.run(
    sql`UPDATE requests SET error = ${error} WHERE sent_at = '2026-11-20T12:00:00.000Z'`,
  );
  const refused = JSON.stringify({ code: "key_refused", message: "m", hint: "h" });
  opened.journal.run(
    sql`UPDATE requests SET error = ${refused} WHERE sent_at = '2026-11-20T11:00:00.000Z'`,
  );
  const counts = (["day", "agent", "model"] as const).map((by) => list(by).total.requests);
  expect(counts).toEqual([2, 2, 2]);
  const day = { since: "2026-11-20T00:00:00.000Z", before: "2026-11-21T00:00:00.000Z" };
  expect(sumUsage(opened.journal, day).requests).toBe(2);
  expect(sumUsage(opened.journal, { run_id: ids.run_id }).requests).toBe(2);
});

test("an error that is not JSON, or is missing, breaks no sum", () => {
  request("2026-11-20T10:00:00.000Z", 0.5, { state: "failed" });
  request("2026-11-20T11:00:00.000Z", 0.5, { state: "failed" });
  opened.journal.run(
    sql`UPDATE requests SET error = 'not JSON' WHERE sent_at = '2026-11-20T11:00:00.000Z'`,
  );
  for (const by of ["day", "agent", "model"] as const) expect(list(by).total.requests).toBe(2);
  expect(sumUsage(opened.journal, { run_id: ids.run_id }).requests).toBe(2);
  expect(listSent(opened.journal, { limit: 9 }).items.map(({ outcome }) => outcome)).toEqual([
    "failed",
    "failed",
  ]);
});

test.each([
  ["UTC", ["2026-11-20", "2026-11-19"]],
  ["Asia/Kathmandu", ["2026-11-20"]],
  ["America/St_Johns", ["2026-11-20", "2026-11-19"]],
  ["Pacific/Auckland", ["2026-11-21", "2026-11-20"]],
])("days are local days (%s)", (place, days) => {
  process.env["TZ"] = place;
  for (const at of [
    "2026-11-19T18:15:00.000Z",
    "2026-11-20T12:29:59.999Z",
    "2026-11-20T03:30:00.000Z",
  ]) {
    request(at, 0.5);
  }
  const { items, total } = list("day");
  expect(items.map(({ key }) => key)).toEqual(days);
  expect(total).toMatchObject({
    requests: 3,
    input_tokens: 300,
    cached_input_tokens: 120,
    output_tokens: 30,
  });
  const [newest = ""] = days;
  const only = list("day", { from: newest, to: newest });
  expect(only.items).toEqual(items.slice(0, 1));
  expect(only.total.requests).toBe(only.items[0]?.requests);
});

test("a price that is not known makes the sum unknown, and is counted; what is under way is not missed", () => {
  request("2026-11-20T10:00:00.000Z", 0.25);
  request("2026-11-20T10:00:01.000Z", null, { state: "sent" });
  expect(list("day").total).toMatchObject({ cost_usd: 0.25, unpriced_requests: 0 });
  request("2026-11-20T10:00:02.000Z", null);
  request("2026-11-20T10:00:03.000Z", null, { state: "lost", model: "other" });
  expect(list("day").items).toMatchObject([
    { requests: 4, cost_usd: null, priced_usd: 0.25, unpriced_requests: 2 },
  ]);
});

test("each of the last days has what was read and what it cost, those without any too", () => {
  process.env["TZ"] = "Asia/Kathmandu";
  request("2026-11-18T18:14:59.999Z", 1);
  request("2026-11-18T18:15:00.000Z", 0.5);
  request("2026-11-20T18:14:59.999Z", null);
  endAttempt(opened.journal, ids.attempt_id, "done", null, "2026-11-20T18:14:59.999Z");
  addJob(opened.journal, { hash: "b".repeat(64), paths: ["/in/b.md"], runId: ids.run_id });
  endAttempt(opened.journal, claim(opened.journal).attempt_id, "failed", null, NOW);
  const now = Date.parse("2026-11-20T12:00:00.000Z");
  expect(listActivity(opened.journal, 3, now).days).toMatchObject([
    { day: "2026-11-20", files: 1, requests: 1, cost_usd: null, unpriced_requests: 1 },
    { day: "2026-11-19", files: 0, requests: 1, cost_usd: 0.5 },
    { day: "2026-11-18", files: 0, requests: 1, cost_usd: 1 },
  ]);
  const tomorrow = Date.parse("2026-11-21T12:00:00.000Z");
  expect(listActivity(opened.journal, 1, tomorrow).days).toMatchObject([{ files: 0, requests: 0 }]);
});

test("by agent and by model the most used come first, page by page, with the total of all", () => {
  for (const model of ["b", "a", "c", "c"]) request("2026-11-20T10:00:00.000Z", 1, { model });
  expect(list("agent").items).toMatchObject([{ key: "inbox", requests: 4, cost_usd: 4 }]);
  const first = list("model", { limit: 2 });
  expect(first.items.map(({ key }) => key)).toEqual(["c", "a"]);
  const last = list("model", { limit: 2, cursor: first.next_cursor ?? "" });
  expect(last).toMatchObject({ items: [{ key: "b" }], next_cursor: null, total: { requests: 4 } });
});
