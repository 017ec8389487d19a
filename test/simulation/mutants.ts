/** A fault put into the code, which the simulation has to find. */
export interface Mutant {
  /** What is wrong with it. */
  fault: string;
  file: string;
  /** In the file exactly once. */
  code: string;
  instead: string;
}

export const mutants: readonly Mutant[] = [
  {
    fault: "equal size and time count as equal content",
    file: "daemon/scan/fingerprint.ts",
    code: `    known.mtime_ms === stats.mtime_ms &&
    known.ctime_ms === stats.ctime_ms &&
    known.inode === stats.inode
`,
    instead: "    known.mtime_ms === stats.mtime_ms\n",
  },
  {
    fault: "a commit is not one transaction, and its attempt ends first",
    file: "daemon/commit/commit.ts",
    code: `  return journal.transaction(() => {
    if (!endJob(journal, job, { state: "done" }, now)) return false;`,
    instead: `  return ((work: () => boolean) => work())(() => {
    if (!endJob(journal, job, { state: "done" }, now)) return false;
    endAttempt(journal, job.attempt_id, "done", null, now);`,
  },
  {
    fault: "a reply is used before it is stored",
    file: "daemon/agent/loop.ts",
    code: "    await open.answer(reply, input.abort);",
    instead: "    queueMicrotask(() => void open.answer);",
  },
  {
    fault: "stored replies are not looked for",
    file: "daemon/journal/reply-log.ts",
    code: "stored[iteration - 1]",
    instead: "stored[iteration + 99]",
  },
  {
    fault: "attempts of a process that died stay open",
    file: "daemon/journal/recover.ts",
    code: "      recoverJob(journal, attempt, now);",
    instead: "      void recoverJob;",
  },
  {
    fault: "done content is done again",
    file: "daemon/trigger/decide.ts",
    code: '  if (run.force) return { verdict: "new" };',
    instead: '  if (run.force || current?.state === "done") return { verdict: "new" };',
  },
  {
    fault: "an agent changes what the user edited",
    file: "daemon/commit/commit.ts",
    code: "if (wanted[name] === undefined || userEdited.includes(String(name))) continue;",
    instead: "if (wanted[name] === undefined) continue;",
  },
  {
    fault: "what the user deleted comes back",
    file: "daemon/commit/stage-create.ts",
    code: '  if (earlier === "deleted") return deletedByUser(type, title);\n  if (earlier === undefined)',
    instead: '  if (earlier === undefined || earlier === "deleted")',
  },
  {
    fault: "only one file of a content becomes a source",
    file: "daemon/commit/commit.ts",
    code: "  for (const file_id of file_ids) {",
    instead: "  for (const file_id of file_ids.slice(0, 1)) {",
  },
  {
    fault: "a wait follows a clock that was wrong",
    file: "daemon/core/clock.ts",
    code: "  return new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toISOString();",
    instead: "  return new Date(LAST_MS - (ms - FIRST_MS) / 2).toISOString();",
  },
  {
    fault: "a file is touched when it is read",
    file: "daemon/preprocess/snapshot.ts",
    code: "    return await open(path, flags | O_NOATIME);",
    instead: `    process.getBuiltinModule("node:fs").utimesSync(path, 1, 1);
    return await open(path, flags | O_NOATIME);`,
  },
  {
    fault: "an agent changes what another one made",
    file: "daemon/commit/stage-update.ts",
    code: "  if (entity.created_by !== staging.job.agent_id) {",
    instead: '  if (entity.created_by === "user") {',
  },
  {
    fault: "a request is sent that the budget does not cover",
    file: "daemon/queue/allowance.ts",
    code: "  if (shortage !== undefined) throw explain(shortage, now);",
    instead: "  void [shortage, explain];",
  },
  {
    fault: "a file that gets another file's content becomes a source of its entities too",
    file: "daemon/commit/reapply.ts",
    code: "    if (match === undefined) continue;\n    own.set(entity_id, match);",
    instead: "    if (own !== undefined) continue;",
  },
];
