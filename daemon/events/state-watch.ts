import { type Clock, toInstant } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import { appendEvent, onAppended } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import { readSetting, writeSetting } from "../journal/settings.ts";

export interface StateWatch {
  /** Says that the state may have changed by something that is no event. */
  look(): void;
  close(): void;
}

const NAME = "state";

/**
 * Writes `status.changed` whenever the daemon's state is another than the one told last, be it by a process
 * before this one. Looks after everything that happens to a run or the config, and whenever it is asked to.
 *
 * @param readState asked once what led to it has run to its end
 */
export function watchState(options: {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  readState(): string;
}): StateWatch {
  const { journal, clock, logger, readState } = options;
  let told = readSetting(journal, NAME);
  let pending: NodeJS.Immediate | undefined;

  function compare(): void {
    pending = undefined;
    try {
      const state = readState();
      if (state === told) return;
      journal.transaction(() => {
        writeSetting(journal, NAME, state);
        appendEvent(journal, { type: "status.changed", state }, toInstant(clock.now()));
      });
      told = state;
    } catch (error) {
      // The next look tells it.
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
