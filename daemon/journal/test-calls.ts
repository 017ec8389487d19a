import { sql } from "kysely";
import type { FileError } from "../protocol/file.ts";
import type { Journal } from "./open.ts";
import type { TrialsTable } from "./tables.ts";

type Unanswered = Pick<
  TrialsTable,
  | "agent_id"
  | "provider"
  | "model"
  | "reserved_tokens"
  | "reserved_usd"
  | "host"
  | "loopback"
  | "bytes"
>;

/** Writes that a request is about to be sent that tests a model. Gives its number, which no other request has. */
export function openTestCall(journal: Journal, call: Unanswered, now: string): number {
  return journal.transaction(() => {
    const seq = takeNumber(journal);
    journal.run(
      journal.build.insertInto("trials").values({
        ...call,
        seq,
        state: "sent",
        sent_at: now,
        answered_at: null,
        input_tokens: null,
        cached_input_tokens: null,
        output_tokens: null,
        cost_usd: null,
        error: null,
      }),
    );
    return seq;
  });
}

/** The next number of a request. */
function takeNumber(journal: Journal): number {
  const last = sql`SELECT max(
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'requests'), 0),
      coalesce((SELECT max(seq) FROM requests), 0)) AS seq`;
  const seq = (journal.get(sql<{ seq: number }>`${last}`)?.seq ?? 0) + 1;
  const taken = journal.run(sql`UPDATE sqlite_sequence SET seq = ${seq} WHERE name = 'requests'`);
  // Without a request so far, SQLite has no sequence of them.
  if (taken === 0)
    journal.run(sql`INSERT INTO sqlite_sequence (name, seq) VALUES ('requests', ${seq})`);
  return seq;
}

/** Books the usage of a test call, and the error that it ended with. */
export function endTestCall(
  journal: Journal,
  seq: number,
  end: { error: FileError | null } & Pick<TrialsTable, "cost_usd"> &
    Partial<Pick<TrialsTable, "input_tokens" | "cached_input_tokens" | "output_tokens">>,
  now: string,
): void {
  const { error, ...used } = end;
  journal.run(
    journal.build
      .updateTable("trials")
      .set({
        ...used,
        state: error === null ? "answered" : "failed",
        error: error === null ? null : JSON.stringify(error),
        answered_at: now,
      })
      .where("seq", "=", seq)
      .where("state", "=", "sent"),
  );
}

/** Marks the test calls of a process that died. */
export function loseTestCalls(journal: Journal): void {
  journal.run(
    journal.build.updateTable("trials").set({ state: "lost" }).where("state", "=", "sent"),
  );
}
