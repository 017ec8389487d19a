import { execFile } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { Client } from "../../daemon/client/client.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { INSTRUCTIONS_0006, placeHome0006, readRows, type Rows } from "../helper/home-0006.ts";
import { isCopying, LAUNCHER, type TestHome, testHome, waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { type ScriptedServer, startScriptedServer } from "../helper/scripted-server.ts";

/*
 * The home of the first release, with something of every kind, under the program as it is now. A change that makes one
 * of these fail costs every user money or work: correct the change, not the expectation. Only a new version of the
 * extractor may add a request: for `failed.md`.
 */

const UNPLACED = "http://127.0.0.1:9/v1";

function oldHome(server?: ScriptedServer): TestHome & { database: string } {
  const home = testHome({}, (root) => ({ FIXTURE: root, MODEL_URL: server?.url ?? UNPLACED }));
  placeHome0006(home.path);
  return { ...home, database: home.file("home/agent-runner.db") };
}

const backupsOf = (home: TestHome): string[] =>
  globSync("*.db", { cwd: home.file("home/backups") }).toSorted();

const schemaOf = (rows: Rows): unknown => rows["kysely_migration"]?.at(-1)?.["name"];

/** `file iteration` of each request, in the order of their arrival. */
const asked = ({ requests }: ScriptedServer): string[] =>
  requests.map(readDocument).map(({ file, iteration }) => `${file} ${iteration}`);

const ended = (client: Client, runId: string) =>
  waitFor(`run ${runId} ends`, async () => {
    const found = await client.run(runId);
    return found.status !== "running" && found;
  });

/** Triggers an agent, once a run that a change started has ended. */
const triggered = async (client: Client, agentId: string) => {
  const { run_id } = await waitFor(`${agentId} has no other run`, () =>
    client.trigger(agentId).catch((error: unknown) => {
      if (error instanceof RunnerError && error.code === "run_in_progress") return undefined;
      throw error;
    }),
  );
  return ended(client, run_id);
};

/** What a look at the disk, the schema or a commit of a job that goes on renews. */
const RENEWED = new Set([
  "read_at_ms",
  "base_recipe",
  "tool_results",
  "outcome",
  "warnings",
  "files_nothing_recorded",
  "files_capped",
  "files_warned",
]);

/** Columns that the first release did not have, which hold nothing for what is older. */
const ADDED = new Set([
  "bytes",
  "confirmed",
  "dropped_by",
  "file_id",
  "foreseen_entities",
  "gone",
  "host",
  "loopback",
  "path",
  "read_whole",
  "shown",
]);

/** Keys of an agent that the first release did not have; each has its default here. */
const NEW_KEYS = ["conflict_copies"];

/** Rows of the given states, or all of them. */
function settled(rows: Rows, table: string, states?: readonly string[]): unknown[] {
  const found = (rows[table] ?? []).filter(
    (row) => states === undefined || states.includes(String(row["state"] ?? row["status"])),
  );
  // The column of agents has another name, and the same content.
  if (table === "agents") {
    return found.map(({ agent_id, ad_hoc, config, created_at, recipe, base_recipe }) => {
      const written = JSON.parse(String(config)) as Record<string, unknown>;
      for (const key of NEW_KEYS) delete written[key];
      return { agent_id, ad_hoc, config: written, created_at, recipe: recipe ?? base_recipe };
    });
  }
  return found.map((row) =>
    Object.fromEntries(
      Object.entries(row).filter(
        ([name, value]) => !RENEWED.has(name) && !(ADDED.has(name) && value === null),
      ),
    ),
  );
}

const SETTLED: [table: string, states?: string[]][] = [
  ["agents"],
  ["projects"],
  ["tasks"],
  ["notes"],
  ["sources"],
  ["origins"],
  ["undos"],
  ["documents"],
  ["changes", ["applied", "undone"]],
  ["requests", ["answered"]],
  ["jobs", ["done", "failed", "skipped"]],
  ["files", ["done", "failed", "skipped", "gone"]],
  ["runs", ["success", "partial"]],
];

test(
  "a home of the first release is upgraded: nothing done is asked again, changed or lost, and what was under way goes on",
  { timeout: 240_000 },
  async () => {
    await using server = await startScriptedServer(answerDocument);
    await using home = oldHome(server);
    const before = readRows(home.database);
    const daemon = home.start();
    const client = await home.connect();

    // What was killed goes on: of its two requests one had a reply. Its run has a file that was not begun.
    const letters = (await client.runs({ agent_id: "letters" })).items[0];
    expect(await ended(client, letters?.run_id ?? "")).toMatchObject({
      status: "success",
      files: { processed: 2, failed: 0, pending: 0 },
    });
    const goneOn = ["one.md 2", "two.md 1", "two.md 2"];
    expect(asked(server)).toEqual(goneOn);

    // What is done, failed, skipped or undone costs nothing, neither at the start nor by hand.
    const inbox = { found: 8, unchanged: 5, skipped: 3, processed: 0, failed: 0, pending: 0 };
    expect(await triggered(client, "inbox")).toMatchObject({ files: inbox });
    expect(await triggered(client, "rules")).toMatchObject({ files: { found: 1, unchanged: 1 } });
    // Its done files have an outcome, which follows from what they gave.
    for (const file of (await client.files({ state: "done", limit: 500 })).items) {
      const given = file.entities.length > 0 ? { outcome: "recorded" } : {};
      expect(file, file.path).toMatchObject({ outcome: expect.any(String), ...given });
    }
    const shopping = ["run", "--directory", home.file("shopping")];
    const adHoc = await home.run(...shopping, "--instructions", INSTRUCTIONS_0006, "--wait");
    expect(adHoc).toMatchObject({ code: 0 });
    // What a dry run left is committed from its replies.
    expect(await triggered(client, "drafts")).toMatchObject({
      files: { found: 2, unchanged: 1, processed: 1 },
      entities: { created: 2 },
    });
    // A copy of a done file, and a file with a content of before.
    home.write("inbox/new copy.md", readFileSync(home.file("inbox/plan.md"), "utf8"));
    home.write("inbox/reverted.md", "# Changed\n\n- [ ] The first wording\n");
    expect(await triggered(client, "inbox")).toMatchObject({ files: { found: 10, processed: 0 } });
    expect(asked(server)).toEqual(goneOn);

    // What waited for a person still does.
    const backlog = (await client.runs({ agent_id: "backlog" })).items[0];
    expect(backlog).toMatchObject({ status: "running", files: { pending: 3 } });
    const { agents } = await client.status();
    expect(agents.find(({ id }) => id === "archive")).toMatchObject({ state: "paused" });
    await client.confirm("backlog");
    await ended(client, backlog?.run_id ?? "");
    await client.resume({ agent_id: "archive" });
    const files = ["b1.md", "b2.md", "b3.md", "new.md"];
    const all = files.flatMap((file) => [`${file} 1`, `${file} 2`]);
    await waitFor("what waited is asked", () => server.requests.length === 3 + all.length);
    expect(asked(server).slice(3).toSorted()).toEqual(all);
    await waitFor("nothing waits", async () => {
      const { pending, working } = (await client.status()).queue;
      return pending + working === 0;
    });

    // The backup is named where a person looks.
    const [backup = "", ...others] = backupsOf(home);
    expect(others).toEqual([]);
    expect(backup).toMatch(/^agent-runner-schema-0006-\d{4}-.*\.db$/u);
    await waitFor("the start names it", () => daemon.output().includes(backup));
    expect(daemon.output()).toMatch(/upgraded from schema 0006 to \d{4}/u);
    expect(readFileSync(home.file("home/logs/agent-runner.log"), "utf8")).toContain(backup);
    expect((await home.run("doctor")).stdout).toContain(backup);

    await daemon.end("SIGTERM");
    const after = readRows(home.database);
    for (const [table, states] of SETTLED) {
      const rows = settled(after, table);
      expect(rows, table).toEqual(expect.arrayContaining(settled(before, table, states)));
    }
    expect(settled(after, "agents")).toHaveLength(before["agents"]?.length ?? 0);
    const proposed = before["changes"]?.filter(({ state }) => state === "proposed") ?? [];
    const ids = new Set([...(after["tasks"] ?? []), ...(after["notes"] ?? [])].map(({ id }) => id));
    expect(proposed.map(({ entity_id }) => ids.has(entity_id))).toEqual([true, true]);

    const copy = path.join(home.file("home/backups"), backup);
    expect(integrityOf(copy)).toBe("ok");
    expect(schemaOf(readRows(copy))).toBe("0006-activity");
    expect(readRows(copy)).toEqual(before);

    const requests = server.requests.length;
    home.start();
    const again = await home.connect();
    expect(await triggered(again, "inbox")).toMatchObject({ files: { processed: 0 } });
    expect(server.requests).toHaveLength(requests);
    expect(backupsOf(home)).toEqual([backup]);
  },
);

function integrityOf(file: string): unknown {
  const database = new Database(file, { readonly: true });
  const found = database.pragma("integrity_check", { simple: true });
  database.close();
  return found;
}

test(
  "a command that upgrades with a daemon of its own names the backup, and keeps its JSON whole",
  { timeout: 120_000 },
  async () => {
    await using home = oldHome();
    const { code, stdout, stderr } = await home.run("run", "rules", "--wait", "--json");
    expect({ code, run: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      run: { status: "success" },
    });
    expect(stderr).toContain(path.join(home.file("home/backups"), backupsOf(home)[0] ?? "none"));
  },
);

test.runIf(process.platform === "linux")(
  "an upgrade that is killed while it backs up leaves the home as it was, and is made by the next start",
  { timeout: 120_000 },
  async () => {
    await using home = oldHome();
    const before = readRows(home.database);
    const daemon = home.start();
    await waitFor("it backs up", () => isCopying(home.path));
    await daemon.end("SIGKILL");
    await waitFor("the copying ends", () => !isCopying(home.path));
    expect(readRows(home.database)).toEqual(before);
    home.start();
    await home.connect();
    expect(readdirSync(home.file("home/backups"))).toHaveLength(1);
    expect(readRows(path.join(home.file("home/backups"), backupsOf(home)[0] ?? ""))).toEqual(
      before,
    );
  },
);

test(
  "an upgrade that is killed while it migrates leaves the home as it was, and is made by the next start",
  { timeout: 120_000 },
  async () => {
    await using home = oldHome();
    const before = readRows(home.database);
    const daemon = home.start(path.join(import.meta.dirname, "../helper/endless-migration.ts"));
    await waitFor("it migrates", () => daemon.output().includes("migrating"));
    await daemon.end("SIGKILL");
    expect(readRows(home.database)).toEqual(before);
    home.start();
    await home.connect();
    const made = backupsOf(home);
    // That of the start that was killed was whole already.
    expect(made).toHaveLength(2);
    for (const name of made) {
      expect(readRows(path.join(home.file("home/backups"), name))).toEqual(before);
    }
  },
);

test.runIf(process.platform !== "win32")(
  "without room for a backup nothing is migrated, and the start says so",
  { timeout: 120_000 },
  async () => {
    await using home = oldHome();
    const before = readRows(home.database);
    // No file may grow beyond half of what the copy needs.
    const limit = 'ulimit -f 200; exec "$@"';
    const command = ["-c", limit, "bash", process.execPath, LAUNCHER, "start"];
    const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
      execFile("bash", command, { env: home.env }, (error, stdout, stderr) =>
        resolve({ code: error?.code, output: stdout + stderr }),
      );
    });
    expect(code).toBe(1);
    expect(output).toContain("The journal of schema 0006 was not upgraded");
    expect(output).toContain("Make room for a copy of");
    expect(readRows(home.database)).toEqual(before);
    expect(readdirSync(home.file("home/backups"))).toEqual([]);
    expect(existsSync(home.file("home/daemon.json"))).toBe(false);
    home.start();
    await home.connect();
    expect(backupsOf(home)).toHaveLength(1);
  },
);
