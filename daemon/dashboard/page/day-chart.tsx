import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Page } from "../../protocol/api.ts";
import type { Run } from "../../protocol/run.ts";
import { events, useResource } from "./data.ts";
import { formatDay, formatUsd, localDay, plural } from "./format.ts";

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
  const costs = days.some(({ usd }) => usd === null || usd > 0);
  const files = days.reduce((sum, day) => sum + day.files, 0);
  return (
    <section aria-labelledby="days-title">
      <h2 id="days-title">
        Last {days.length} days <span class="muted">{plural(files, "file")} read</span>
      </h2>
      <Bars days={days} costs={costs} />
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

const HEIGHT = 150;

function Bars({ days, costs }: { days: readonly DaySum[]; costs: boolean }): VNode {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let chart: UPlot | undefined;
    const draw = (): void => {
      chart?.destroy();
      chart = new UPlot(
        toOptions(element, days, costs),
        [
          days.map((_, index) => index),
          days.map(({ files }) => files),
          ...(costs ? [days.map(({ usd }) => usd)] : []),
        ],
        element,
      );
    };
    draw();
    const sizes = new ResizeObserver(() =>
      chart?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    sizes.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      sizes.disconnect();
      scheme.removeEventListener("change", draw);
      chart?.destroy();
    };
  }, [days.map(({ day, files, usd }) => `${day} ${files} ${usd}`).join(), costs]);
  return <div ref={place} class="chart" aria-hidden="true" />;
}

function toOptions(element: HTMLElement, days: readonly DaySum[], costs: boolean): UPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: color("--muted"), font: "12px system-ui", ticks: { show: false } };
  const bars = UPlot.paths.bars?.({ size: [0.6, 34], radius: 0.15 });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.6, days.length - 0.4] },
      y: { range: (_chart, _min, max) => [0, Math.max(1, max * 1.1)] },
      usd: { range: (_chart, _min, max) => [0, Math.max(0.01, max * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        grid: { show: false },
        splits: () => days.map((_, index) => index),
        values: (_chart, splits) =>
          splits.map((index) =>
            index % 2 === (days.length - 1) % 2 ? formatDay(days[index]?.day ?? "") : "",
          ),
      },
      {
        ...axis,
        size: 44,
        grid: { stroke: color("--line"), width: 1 },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000],
      },
      ...(costs
        ? [
            {
              ...axis,
              scale: "usd",
              side: 1 as const,
              size: 56,
              grid: { show: false },
              values: (_chart: UPlot, splits: number[]) =>
                splits.map((usd) => `$${usd.toFixed(2)}`),
            },
          ]
        : []),
    ],
    series: [
      {},
      {
        fill: color("--accent"),
        stroke: color("--accent"),
        width: 0,
        ...(bars ? { paths: bars } : {}),
      },
      ...(costs
        ? [
            {
              scale: "usd",
              stroke: color("--warn"),
              width: 2,
              points: { size: 5, fill: color("--warn") },
            },
          ]
        : []),
    ],
  };
}
