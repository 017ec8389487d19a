import { createRoster, type Roster } from "../../daemon/agents/roster.ts";
import { parseConfig } from "../../daemon/config/load.ts";
import { createStatus } from "../../daemon/control/status.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import type { Status } from "../../daemon/protocol/api.ts";
import { type Pauses, startPauses } from "../../daemon/queue/pauses.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { NOW, openTestJournal, type TestJournal } from "../helper/test-journal.ts";

/** A journal with the agents of a config, and what the status says of it. */
export interface StatusRoom extends Disposable {
  journal: Journal;
  roster: Roster;
  pauses: Pauses;
  status(): Status;
}

export async function openStatusRoom(
  agents = 'agents: [{ id: inbox, directories: [{ path: "/tmp" }] }]',
): Promise<StatusRoom> {
  const opened: TestJournal = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  const yaml = `version: 1\n${agents}\n`;
  const config = parseConfig(yaml, { env: {}, userHome: "/tmp", tools: [] });
  const roster = createRoster(journal, config, () => NOW);
  const pauses = startPauses(journal, clock, () => {});
  const status = createStatus({
    journal,
    clock,
    config: () => config,
    configProblems: () => [],
    roster,
    starter: { problems: () => [] },
    watchers: () => undefined,
    pauses,
    startedAt: NOW,
  });
  return {
    journal,
    roster,
    pauses,
    status: status.whole,
    [Symbol.dispose]() {
      pauses.close();
      opened[Symbol.dispose]();
    },
  };
}
