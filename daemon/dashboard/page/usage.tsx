import type { VNode } from "preact";
import { sayMoney, sayUsd } from "../../core/money.ts";
import type { UsageBy, UsageItem, UsagePage } from "../../protocol/usage.ts";
import { withQuery } from "./api.ts";
import { type DayValue, DayBars } from "./chart.tsx";
import { events, useResource } from "./data.ts";
import { Choice, type Options } from "./filters.tsx";
import { formatCount, formatDay, localDay, plural } from "./format.ts";
import { Text } from "./inert.tsx";
import { Empty, Head, Loaded } from "./parts.tsx";
import { usePlace } from "./router.ts";
import { useAgentName } from "./status.ts";

const ENDED = events("run.completed", "file.done");

const GROUPS: Options = [
  ["day", "day"],
  ["agent", "agent"],
  ["model", "model"],
];

const FIRST_COLUMN: Readonly<Record<UsageBy, string>> = {
  day: "Day",
  agent: "Agent",
  model: "Model",
};

const PERIODS: Options = [
  ["7", "last 7 days"],
  ["30", "last 30 days"],
  ["90", "last 90 days"],
  ["all", "all time"],
];

export function Usage(): VNode {
  const { by = "day", days = "30" } = usePlace().query;
  const from = days === "all" ? undefined : daysAgo(Number(days) - 1);
  const usage = useResource<UsagePage>(withQuery("/api/usage", { by, from, limit: 500 }), ENDED);
  return (
    <>
      <Head title="Usage" />
      <div class="filters">
        <Choice name="by" label="Group by" options={GROUPS} />
        <Choice name="days" label="Period" options={PERIODS} usual="30" />
      </div>
      <p>
        <a href="/sent">Each request that was sent</a>
      </p>
      <Loaded of={usage}>{(page) => <Table page={page} by={by as UsageBy} />}</Loaded>
    </>
  );
}

function daysAgo(count: number): string {
  const now = new Date();
  return localDay(new Date(now.getFullYear(), now.getMonth(), now.getDate() - count));
}

function Table({ page: { items, total }, by }: { page: UsagePage; by: UsageBy }): VNode {
  const nameOf = useAgentName();
  if (items.length === 0) {
    return (
      <Empty title="No model requests in this period">
        The built-in rules send no requests: they are not a language model.
      </Empty>
    );
  }
  const nameKey = (key: string): VNode =>
    by === "day" ? <>{formatDay(key)}</> : <Text of={by === "agent" ? nameOf(key) : key} />;
  return (
    <>
      {by === "day" ? <DayBars days={toDays(items)} /> : null}
      <div class="table-box" role="region" aria-label="Usage" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{FIRST_COLUMN[by]}</th>
              <th scope="col">Requests</th>
              <th scope="col">Tokens in</th>
              <th scope="col">Tokens cached</th>
              <th scope="col">Tokens out</th>
              <th scope="col">Cost</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <Row key={item.key} name={nameKey(item.key)} of={item} />
            ))}
          </tbody>
          <tfoot>
            <Row name={<>Total</>} of={total} />
          </tfoot>
        </table>
      </div>
      {total.unknown_requests === 0 ? null : (
        <p class="muted">
          {plural(total.unknown_requests, "request")} reported no usage or has no price; the rest
          cost {sayUsd(total.spent_usd)}. Set <code>model.price</code> in the settings, if it has
          none.
        </p>
      )}
    </>
  );
}

function Row({ name, of }: { name: VNode; of: UsagePage["total"] }): VNode {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{formatCount(of.requests)}</td>
      <td>{formatCount(of.input_tokens)}</td>
      <td>{formatCount(of.cached_input_tokens)}</td>
      <td>{formatCount(of.output_tokens)}</td>
      <td>{sayMoney(of)}</td>
    </tr>
  );
}

const MOST_DAYS = 90;

/** Tokens and dollars of each day from the first to today, including days without a request. */
function toDays(items: readonly UsageItem[]): DayValue[] {
  const byDay = new Map(items.map((item) => [item.key, item]));
  const first = items.at(-1)?.key ?? daysAgo(0);
  const days: DayValue[] = [];
  for (let back = 0; back < MOST_DAYS; back += 1) {
    const day = daysAgo(back);
    const item = byDay.get(day);
    days.unshift({
      day,
      bar: item === undefined ? 0 : item.input_tokens + item.output_tokens,
      usd: item === undefined ? 0 : item.spent_usd,
    });
    if (day <= first && days.length >= 7) break;
  }
  return days;
}
