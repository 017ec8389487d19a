import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatDay, formatShort } from "./format.ts";

/** One day: the height of its bar, and its dollars. */
export interface DayValue {
  /** `YYYY-MM-DD` */
  day: string;
  bar: number;
  /** null: some price is unknown. */
  usd: number | null;
}

const HEIGHT = 150;

/** Bars for days, with a line for cost if anything cost something. Show the same in a table beside it. */
export function DayBars({ days }: { days: readonly DayValue[] }): VNode {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const costs = days.some(({ usd }) => usd !== null && usd > 0);
    let chart: UPlot | undefined;
    const draw = (): void => {
      chart?.destroy();
      chart = new UPlot(
        toOptions(element, days, costs),
        [
          days.map((_, index) => index),
          days.map(({ bar }) => bar),
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
  }, [JSON.stringify(days)]);
  return <div ref={place} class="chart" aria-hidden="true" />;
}

const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-6;

function toOptions(element: HTMLElement, days: readonly DayValue[], costs: boolean): UPlot.Options {
  const style = getComputedStyle(element);
  const color: Color = (name) => style.getPropertyValue(name).trim();
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
    axes: toAxes(color, days, costs),
    series: toSeries(color, costs),
  };
}

/** The value of a custom property of the style sheet. */
type Color = (name: `--${string}`) => string;

function toAxes(color: Color, days: readonly DayValue[], costs: boolean): UPlot.Axis[] {
  const axis = { stroke: color("--muted"), font: "12px system-ui", ticks: { show: false } };
  const dates: UPlot.Axis = {
    ...axis,
    size: 28,
    grid: { show: false },
    splits: () => days.map((_, index) => index),
    values: (chart, splits) => {
      // As many dates as there is room for, always with the last day.
      const every = Math.max(1, Math.ceil((days.length * 86) / Math.max(90, chart.width - 90)));
      return splits.map((index) =>
        (days.length - 1 - index) % every === 0 ? formatDay(days[index]?.day ?? "") : "",
      );
    },
  };
  const counts: UPlot.Axis = {
    ...axis,
    size: 50,
    grid: { stroke: color("--line"), width: 1 },
    incrs: [1, 2, 5]
      .flatMap((digit) => Array.from({ length: 10 }, (_, power) => digit * 10 ** power))
      .toSorted((a, b) => a - b),
    values: (_chart, splits) => splits.map(formatShort),
  };
  const dollars: UPlot.Axis = {
    ...axis,
    scale: "usd",
    side: 1,
    size: 64,
    grid: { show: false },
    values: (_chart, splits) => {
      const digits = splits.every((usd) => isWhole(usd * 100)) ? 2 : 4;
      return splits.map((usd) => `$${usd.toFixed(digits)}`);
    },
  };
  return costs ? [dates, counts, dollars] : [dates, counts];
}

function toSeries(color: Color, costs: boolean): UPlot.Series[] {
  const paths = UPlot.paths.bars?.({ size: [0.6, 34], radius: 0.15 });
  const accent = color("--accent");
  const bars = { fill: accent, stroke: accent, width: 0, ...(paths ? { paths } : {}) };
  const warn = color("--warn");
  const line = { scale: "usd", stroke: warn, width: 2, points: { size: 5, fill: warn } };
  return costs ? [{}, bars, line] : [{}, bars];
}
