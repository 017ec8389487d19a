import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { testHome, waitForRun } from "../helper/program.ts";

const PRELOAD = path.join(import.meta.dirname, "../helper/failing-close.ts");

/** What cannot be closed, whether the database is closed after it, and what the log says. */
const CASES: [part: string, closesDatabase: boolean, logged: string][] = [
  ["server", true, "EDGE"],
  ["watcher", true, "EDGE"],
  ["scan thread", true, "EDGE"],
  ["scan thread, for ever", false, "did not stop in time"],
  // At the exit SQLite closes it.
  ["database", true, "EDGE"],
];

test.each(CASES)(
  "a stop goes on where the %s cannot be closed, and the log says so",
  async (part, closesDatabase, logged) => {
    await using home = testHome({ "in/a.md": "# A\n\n- [ ] Do a\n" }, () => ({
      FAILING_CLOSE: part,
    }));
    home.configure(
      `agents: [{ id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]`,
    );
    const program = home.start(PRELOAD);
    await waitForRun(await home.connect(), "test");
    expect(await program.end("SIGTERM")).toBe(0);
    expect(existsSync(home.file("home/daemon.json"))).toBe(false);
    expect(existsSync(home.file("home/agent-runner.db-wal"))).toBe(!closesDatabase);
    const log = readFileSync(home.file("home/logs/agent-runner.log"), "utf8");
    expect(log).toContain(logged);

    const database = new Database(home.file("home/agent-runner.db"), { readonly: true });
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    database.close();
    home.start();
    const client = await home.connect();
    expect((await client.entities("task")).items).toMatchObject([{ title: "Do a" }]);
    expect((await client.status()).problems).toEqual([]);
  },
);
