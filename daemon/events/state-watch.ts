import { type Clock, toInstant } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import { appendEvent, onAppended } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import { readSetting, writeSetting } from "../journal/settings.ts";

export interface StateWatch {
  /** Call it when something that is not an event may have changed the state. */
  look(): void;
  close(): void;
}

const NAME = "state";

/**
 * Writes `status.changed` whenever the daemon's state differs from the one reported last, also by an earlier
 * process. Looks after every event of a run or the config, and after each call of `look`.
 *
 * @param options.readState called after the code that caused the look has finished
 */
export function watchState(options: {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  readState(): string;
}): StateWatch {
  const { journal, clock, logger, readState } = options;
  let reported = readSetting(journal, NAME);
  let pending: NodeJS.Immediate | undefined;

  function compare(): void {
    pending = undefined;
    try {
      const state = readState();
      if (state === reported) return;
      journal.transaction(() => {
        writeSetting(journal, NAME, state);
        appendEvent(journal, { type: "status.changed", state }, toInstant(clock.now()));
      });
      reported = state;
    } catch (error) {
      // The next look reports it.
      logger.warn({ err: error }, "A change of the state could not be written");
    }
  }

  const look = (): void => {
    pending ??= setImmediate(compare);
  };
  const leave = onAppended(journal, ({ type }) => {
    if (type.startsWith("run.") || type.startsWith("config.")) look();
  });
  return {
    look,
    close() {
      leave();
      clearImmediate(pending);
    },
  };
}
