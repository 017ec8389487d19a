import { sql } from "kysely";
import { expect, test } from "vitest";
import { CODES, RunnerError, systemErrorCode } from "../../daemon/core/errors.ts";
import { appendEvent } from "../../daemon/journal/events.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";

test("a full disk is a fault that time may heal, and leaves nothing half written", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const event = { type: "config.invalid", message: "x".repeat(100_000) } as const;
  journal.get(sql`PRAGMA max_page_count = 1`);
  const write = () =>
    journal.transaction(() => {
      appendEvent(journal, { type: "config.changed" }, NOW);
      for (let index = 0; index < 10; index += 1) appendEvent(journal, event, NOW);
    });
  expect(codeOf(write)).toBe("journal_unwritable");
  expect(CODES.journal_unwritable.kind).toBe("transient");
  expect(journal.all(journal.build.selectFrom("events").selectAll())).toEqual([]);
  journal.get(sql`PRAGMA max_page_count = 1000000`);
  write();
});

test("a fault of the query is not taken for one of the disk", async () => {
  using opened = await openTestJournal();
  const query = () => opened.journal.get(sql`SELECT * FROM no_such_table`);
  expect(query).toThrow(/no such table/u);
  expect(codeOf(query)).toBe("SQLITE_ERROR");
});

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return error instanceof RunnerError ? error.code : systemErrorCode(error);
  }
  return undefined;
}
