import { setTimeout as wait } from "node:timers/promises";
import Database from "better-sqlite3";
import { TOOL_NAMES } from "../../daemon/protocol/tool.ts";
import { readConfig } from "../../daemon/config/load.ts";
import { toInstant } from "../../daemon/core/clock.ts";
import { createId } from "../../daemon/core/id.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { openJournal } from "../../daemon/journal/open.ts";
import { insertRun } from "../../daemon/journal/runs.ts";
import { createRoster } from "../../daemon/agents/roster.ts";
import { openScanner } from "../../daemon/scan/scan.ts";
import type { ObservedFile, ScanRequest } from "../../daemon/scan/scan-messages.ts";
import type { TestHome } from "../helper/program.ts";

// Of a file that was read within 3 s of its last change nothing is concluded later (fingerprint.ts).
const RACY_MS = 3_000;

/**
 * Brings a home to where every file of its agents is done: what a real scan finds is written down as if a
 * model had worked on it. Past the rooms, since a million jobs would take them hours.
 */
export async function learnTree(home: TestHome): Promise<void> {
  await wait(RACY_MS);
  const paths = resolvePaths({
    env: { AGENT_RUNNER_HOME: home.file("home") },
    platform: process.platform,
    userHome: home.file("user"),
  });
  const config = readConfig(paths, {}, { userHome: home.file("user"), tools: TOOL_NAMES });
  const at = toInstant(Date.now());
  const journal = await openJournal(paths.database);
  const roster = createRoster(journal, config, () => at);
  await using scanner = openScanner();
  using writer = openWriter(paths.database);
  for (const { agent, recipe } of roster.configured()) {
    const runId = createId("run");
    const run = { run_id: runId, agent_id: agent.id, trigger: "manual", force: false } as const;
    insertRun(journal, { ...run, paths: null }, at);
    const request: ScanRequest = {
      agent: {
        id: agent.id,
        extensions: agent.extensions,
        modified_after: agent.modified_after,
        max_file_bytes: agent.max_file_bytes,
        conflict_copies: "skip",
      },
      directories: agent.directories.map((directory) => ({
        ...directory,
        identity: null,
        mounts: [],
      })),
      places: paths,
      unreadable_endings: [],
      paths: null,
      shallow: false,
      force: false,
      settle_ms: 0,
      resettle_ms: 0,
    };
    const { signal } = new AbortController();
    for await (const part of scanner.scan(request, { signal })) {
      if (part.kind === "batch")
        writer.write(part.observed, { agentId: agent.id, recipe, runId, at });
    }
    writer.finish(runId, at);
  }
  await roster.close();
  journal.close();
}

interface Origin {
  agentId: string;
  recipe: string;
  runId: string;
  at: string;
}

function openWriter(file: string) {
  const database = new Database(file);
  // Whoever pulls the plug makes the tree again.
  database.pragma("synchronous = OFF");
  database.pragma("cache_size = -1000000");
  const addJob = database.prepare(
    `INSERT INTO jobs (job_id, agent_id, hash, recipe, generation, state, run_id, rank, modified_ms,
       created_at, finished_at) VALUES (?, ?, ?, ?, 0, 'done', ?, 2, ?, ?, ?)`,
  );
  const addFile = database.prepare(
    `INSERT INTO files (file_id, agent_id, path, parent, root, state, size, mtime_ms, ctime_ms, inode,
       read_at_ms, hash, job_id, processed_at) VALUES (?, ?, ?, ?, ?, 'done', ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const finish = database.prepare(
    "UPDATE runs SET status = 'success', listed_at = ?, finished_at = ? WHERE run_id = ?",
  );
  return {
    write: database.transaction((files: readonly ObservedFile[], origin: Origin): void => {
      const { agentId, recipe, runId, at } = origin;
      for (const { path, parent, root, hash, stats, read_at_ms } of files) {
        const jobId = createId("job");
        addJob.run(jobId, agentId, hash, recipe, runId, stats.mtime_ms, at, at);
        const { size, mtime_ms, ctime_ms, inode } = stats;
        const place = [createId("file"), agentId, path, parent, root];
        addFile.run(...place, size, mtime_ms, ctime_ms, inode, read_at_ms, hash, jobId, at);
      }
    }),
    finish: (runId: string, at: string): void => void finish.run(at, at, runId),
    [Symbol.dispose]: () => void database.close(),
  };
}
