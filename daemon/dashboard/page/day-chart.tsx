import type { VNode } from "preact";
import type { Activity } from "../../protocol/usage.ts";
import { DayBars } from "./chart.tsx";
import { events, useResource } from "./data.ts";
import { sayMoney, sayUsd } from "../../core/money.ts";
import { plural } from "./format.ts";

const READ = events("run.completed", "file.done");

/** Files read and dollars spent on each of the last days. */
export function DayChart(): VNode | null {
  const activity = useResource<Activity>("/api/activity", READ);
  if (activity.value === undefined) return null;
  const days = activity.value.days.toReversed();
  if (days.every(({ files, requests }) => files + requests === 0)) return null;
  const files = days.reduce((sum, day) => sum + day.files, 0);
  const usd = days.reduce((sum, day) => sum + day.spent_usd, 0);
  return (
    <section aria-labelledby="days-title">
      <h2 id="days-title">
        Last {days.length} days{" "}
        <span class="muted">
          {plural(files, "file")} read{usd > 0 ? ` (bars), ${sayUsd(usd)} spent (line)` : ""}
        </span>
      </h2>
      <DayBars
        days={days.map(({ day, files: bar, spent_usd }) => ({ day, bar, usd: spent_usd }))}
      />
      <div class="sr-only">
        <table>
          <caption>Files and cost per day</caption>
          <tbody>
            {days.map(({ day, files: count, ...money }) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                <td>{plural(count, "file")}</td>
                <td>{sayMoney(money)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
