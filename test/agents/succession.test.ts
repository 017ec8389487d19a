import { expect, test } from "vitest";
import { succeed } from "../../daemon/agents/succession.ts";
import { listFiles } from "../../daemon/journal/file-views.ts";
import { putOffRun } from "../../daemon/journal/jobs.ts";
import { agentYaml, parse } from "../helper/config.ts";
import { addJob, NOW, openTestJournal } from "../helper/test-journal.ts";

const LEFT = { state: "skipped", reason: "not_watched", next_attempt_at: null };

test.each<[string, string, object]>([
  ["is removed", "agents: []", LEFT],
  ["has another directory", agentYaml().replace("id: a", "id: inbox"), LEFT],
  [
    "keeps its directory",
    agentYaml().replace("id: a", "id: inbox").replace("/a", "/in"),
    { state: "pending", reason: "interrupted" },
  ],
])(
  "files that were found by a look that never came to its end: the agent %s",
  async (_, yaml, expected) => {
    using opened = await openTestJournal();
    const { journal } = opened;
    const { run_id } = addJob(journal);
    putOffRun(journal, run_id, { reason: "interrupted", next_attempt_at: null, error: null });
    succeed(journal, parse(yaml), () => {}, NOW);
    expect(listFiles(journal, { limit: 1 }).items).toMatchObject([expected]);
  },
);
