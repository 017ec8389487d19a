import type { VNode } from "preact";
import type { Page } from "../../protocol/api.ts";
import type { Run } from "../../protocol/run.ts";
import { DayBars } from "./chart.tsx";
import { events, useResource } from "./data.ts";
import { formatUsd, localDay, plural } from "./format.ts";

const DAYS = 14;
const ENDED = events("run.completed");

interface DaySum {
  day: string;
  files: number;
  /** null: some price is not known. */
  usd: number | null;
}

/** Files read and dollars spent on each of the last days, from the runs that started then. */
export function DayChart(): VNode | null {
  const runs = useResource<Page<Run>>("/api/runs?limit=500", ENDED);
  if (runs.value === undefined) return null;
  const days = sumDays(runs.value.items, runs.value.next_cursor !== null);
  if (days.every(({ files }) => files === 0)) return null;
  const files = days.reduce((sum, day) => sum + day.files, 0);
  return (
    <section aria-labelledby="days-title">
      <h2 id="days-title">
        Last {days.length} days <span class="muted">{plural(files, "file")} read</span>
      </h2>
      <DayBars days={days.map(({ day, files: bar, usd }) => ({ day, bar, usd }))} />
      <table class="sr-only">
        <caption>Files and cost per day</caption>
        <tbody>
          {days.map(({ day, files: count, usd }) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              <td>{plural(count, "file")}</td>
              <td>{formatUsd(usd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** @param isCut there are older runs: the oldest day that is known may be known in part, and is left out */
function sumDays(runs: readonly Run[], isCut: boolean): DaySum[] {
  const now = new Date();
  const days = Array.from({ length: DAYS }, (_, index): DaySum => {
    const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (DAYS - 1 - index));
    return { day: localDay(date), files: 0, usd: 0 };
  });
  const byDay = new Map(days.map((sum) => [sum.day, sum]));
  for (const { started_at, files, usage, dry_run } of runs) {
    const sum = byDay.get(localDay(new Date(started_at)));
    if (sum === undefined) continue;
    if (!dry_run) sum.files += files.processed;
    sum.usd = sum.usd === null || usage.cost_usd === null ? null : sum.usd + usage.cost_usd;
  }
  const oldest = runs.at(-1)?.started_at;
  if (!isCut || oldest === undefined) return days;
  return days.filter(({ day }) => day > localDay(new Date(oldest)));
}
