import type { Client } from "../daemon/client/client.ts";
import { listRemarks, sayOutcome } from "../daemon/core/outcome.ts";
import type { ToldEvent } from "../daemon/protocol/event.ts";
import { ACTIVITY_SLOTS } from "./menu.ts";
import type { Activity } from "./snapshot.ts";

/** Recent activity from before the tray listened: the last runs, and the source files of the last notes. */
export async function readRecent(client: Client): Promise<Activity[]> {
  const limit = ACTIVITY_SLOTS;
  const [runs, notes] = await Promise.all([
    client.runs({ limit }),
    client.entities("note", { limit }),
  ]);
  return mergeRecent(
    runs.items.flatMap((run): Activity[] => {
      const { run_id, agent_id, status, finished_at: at } = run;
      const remarks = listRemarks(run);
      return at === null ? [] : [{ kind: "run", run_id, agent_id, status, remarks, at }];
    }),
    notes.items.flatMap(({ sources, updated_at }) =>
      sources.map(({ path }): Activity => ({
        kind: "file",
        path,
        outcome: "done",
        at: updated_at,
      })),
    ),
  );
}

/** The activity in an event about a finished file or run; undefined for other events. */
export function activityOf(event: ToldEvent): Activity | undefined {
  const at = event.created_at;
  switch (event.type) {
    case "file.done":
      return { kind: "file", path: event.path, outcome: sayDone(event), at };
    case "file.failed":
      return { kind: "file", path: event.path, outcome: "failed", at };
    case "run.completed": {
      const { run_id, agent_id, status, outcomes, warned = 0 } = event;
      const remarks = outcomes === undefined ? [] : listRemarks({ outcomes, warned });
      return { kind: "run", run_id, agent_id, status, remarks, at };
    }
    default:
      return undefined;
  }
}

function sayDone({ outcome, is_warned }: Extract<ToldEvent, { type: "file.done" }>): string {
  if (outcome !== undefined && outcome !== "recorded") return sayOutcome(outcome);
  return is_warned ? "read with warnings" : "done";
}

/** Merges activities: newest first, each file and run once, as many as are shown. */
export function mergeRecent(...lists: readonly (readonly Activity[])[]): Activity[] {
  const seen = new Set<string>();
  const nameOf = (one: Activity): string => (one.kind === "file" ? one.path : one.run_id);
  return lists
    .flat()
    .toSorted((a, b) => b.at.localeCompare(a.at))
    .filter((one) => !seen.has(nameOf(one)) && seen.add(nameOf(one)))
    .slice(0, ACTIVITY_SLOTS);
}
