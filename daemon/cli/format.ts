import { toLocalDay } from "../core/clock.ts";
import { toLocalTime } from "../core/local-time.ts";
import { RULES } from "../protocol/agent.ts";
import type { AgentView, OfferedModel } from "../protocol/api.ts";

/** An instant of the wire in local time, to the minute: `2026-08-09 14:03`. */
export function formatInstant(instant: string | null): string {
  if (instant === null) return "-";
  const ms = Date.parse(instant);
  return `${toLocalDay(ms)} ${toLocalTime(ms)}`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Dollars with as many digits as a small amount needs; null (price unknown) is never shown as zero. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return "price unknown";
  return `$${usd.toFixed(usd === 0 || usd >= 1 ? 2 : 4)}`;
}

/** `312 bytes`, `4.2 kB`, `50.0 MB` (powers of 1000). */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return "-";
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `1 file`, `3 files`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A model's name for people. The rules are never called a language model. */
export function formatModel(model: { provider: string; name: string }): string {
  return model.provider === RULES ? "built-in rules (not a language model)" : model.name;
}

/** A context window in tokens; one that the server did not report is marked as assumed. */
export function formatWindow(window: AgentView["context_window"]): string {
  if (window === null) return "-";
  return `${window.tokens}${window.source === "assumed" ? " (assumed)" : ""}`;
}

/** The price of a million tokens, in/out. */
export function formatPrice(model: Pick<OfferedModel, "price" | "server" | "is_cloud">): string {
  if (model.price !== null) {
    const { input_usd_per_million, output_usd_per_million } = model.price;
    return `${formatUsd(input_usd_per_million)}/${formatUsd(output_usd_per_million)}`;
  }
  return model.server !== null && !model.is_cloud ? "free" : "unknown";
}
