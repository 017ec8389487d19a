import { type Clock, toInstant } from "../core/clock.ts";
import type { Journal } from "../journal/open.ts";
import { readSetting, writeSetting } from "../journal/settings.ts";

/** A pause until an instant (ISO 8601); null: until it is resumed. */
export interface Pause {
  until: string | null;
}

/** A pause as the settings keep it. */
interface Kept extends Pause {
  /** When `until` was set, so that a clock that is set back makes it no longer. Older homes lack it. */
  since?: string;
}

export interface HeldPause {
  kept: Kept;
  /** The elapsed time at which it ends at the latest; Infinity: not by itself. */
  endsAtElapsed: number;
}

/**
 * The pauses by name, kept across restarts. A pause ends when the clock says so, as it does after a machine slept, but
 * lasts no longer than was asked, whatever the clock is set to.
 */
export interface KeptPauses {
  readonly held: ReadonlyMap<string, HeldPause>;
  /** A pause from now on. @param minutes null: until it is resumed */
  begin(minutes: number | null): HeldPause;
  /** Writes a change before it counts: what cannot be kept across a restart is not promised. */
  keep(change: (next: Map<string, HeldPause>) => void): void;
  /** As {@link KeptPauses.keep}, but it counts even if it cannot be written. */
  tryKeep(change: (next: Map<string, HeldPause>) => void): void;
  isOver(pause: HeldPause): boolean;
  /** How long a pause still lasts. */
  restMs(pause: HeldPause): number;
}

const NAME = "pauses";

export function openKeptPauses(journal: Journal, clock: Clock): KeptPauses {
  const settings = (readSetting(journal, NAME) ?? {}) as Record<string, Kept>;
  let held = new Map(Object.entries(settings).map(([name, kept]) => [name, hold(kept)]));

  function hold(kept: Kept): HeldPause {
    const { until, since } = kept;
    if (until === null) return { kept, endsAtElapsed: Infinity };
    const restMs = Date.parse(until) - clock.now();
    const longestMs = since === undefined ? Infinity : Date.parse(until) - Date.parse(since);
    return { kept, endsAtElapsed: clock.elapsed() + Math.min(restMs, longestMs) };
  }

  function restMs({ kept: { until }, endsAtElapsed }: HeldPause): number {
    if (until === null) return Infinity;
    return Math.min(Date.parse(until) - clock.now(), endsAtElapsed - clock.elapsed());
  }

  function apply(
    change: (next: Map<string, HeldPause>) => void,
    write: (kept: Record<string, Kept> | undefined) => void,
  ): void {
    const next = new Map(held);
    change(next);
    const kept = Object.fromEntries([...next].map(([name, pause]) => [name, pause.kept]));
    write(next.size === 0 ? undefined : kept);
    held = next;
  }

  return {
    get held() {
      return held;
    },
    begin(minutes) {
      const now = clock.now();
      const until = minutes === null ? null : toInstant(now + minutes * 60_000);
      return hold({ until, since: toInstant(now) });
    },
    keep: (change) => apply(change, (kept) => writeSetting(journal, NAME, kept)),
    tryKeep(change) {
      apply(change, (kept) => {
        try {
          writeSetting(journal, NAME, kept);
        } catch {
          // The journal cannot be written. What is over, or shorter, holds no agent too long until the next start.
        }
      });
    },
    isOver: (pause) => restMs(pause) <= 0,
    restMs,
  };
}
