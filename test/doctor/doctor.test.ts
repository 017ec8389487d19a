import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { writeExport } from "../../daemon/cli/export/write.ts";
import { examineClock } from "../../daemon/doctor/time.ts";
import { openJournal } from "../../daemon/journal/open.ts";
import { diagnosisSchema } from "../../daemon/protocol/diagnosis.ts";
import { startTestDaemon } from "../helper/daemon.ts";
import { doctorFolder, examineFolder, pathsOf, problemsOf } from "./examine.ts";

const CONFIG = "version: 1\nserver: { port: 0 }\n";
const agent = (path: string, more = ""): string =>
  `agents: [{ id: a, directories: [{ path: "${path}"${more} }] }]\n`;
const isRoot = process.getuid?.() === 0;

test("a home that is not there yet is healthy, and stays as it is", async () => {
  using folder = doctorFolder();
  rmdirSync(folder.file("home"));
  const diagnosis = await examineFolder(folder);
  // The port that the config would name may be taken by a daemon of this machine.
  expect(problemsOf(diagnosis).filter((found) => !found.startsWith("port"))).toEqual([]);
  expect(diagnosisSchema.parse(diagnosis)).toEqual(diagnosis);
  expect(diagnosis.findings).toContainEqual(
    expect.objectContaining({ check: "config", level: "note", code: "config_missing" }),
  );
  expect(existsSync(folder.file("home"))).toBe(false);
});

test("with a config, a sound database and all in its place nothing is wrong", async () => {
  using folder = doctorFolder();
  folder.write("home/config.yaml", CONFIG + agent(folder.file("in")));
  chmodSync(folder.file("home/config.yaml"), 0o600);
  (await openJournal(pathsOf(folder).database)).close();
  const before = readFileSync(pathsOf(folder).database);
  const diagnosis = await examineFolder(folder);
  expect(problemsOf(diagnosis)).toEqual([]);
  expect(diagnosis.healthy).toBe(true);
  for (const check of ["database", "directories", "model", "port", "disk"]) {
    expect(diagnosis.findings).toContainEqual(expect.objectContaining({ check, level: "ok" }));
  }
  expect(readFileSync(pathsOf(folder).database)).toEqual(before);
});

test("it says the same beside a running daemon, and names that", async () => {
  using folder = doctorFolder();
  await using running = await startTestDaemon(folder, agent(folder.file("in")));
  chmodSync(folder.file("home/config.yaml"), 0o600);
  const { url, token } = running.daemon;
  const started_at = new Date().toISOString();
  const file = { pid: process.pid, url, token, version: "1.2.3", started_at };
  folder.write("home/daemon.json", JSON.stringify(file));
  chmodSync(folder.file("home/daemon.json"), 0o600);
  const { findings } = await examineFolder(folder);
  expect(problemsOf({ findings })).toEqual([]);
  expect(findings).toContainEqual(
    expect.objectContaining({ check: "daemon", message: expect.stringContaining(url) }),
  );
  expect(JSON.stringify(findings)).not.toContain(token);

  folder.write("home/daemon.json", JSON.stringify({ ...file, version: "1.0.0" }));
  expect(problemsOf(await examineFolder(folder))).toEqual(["daemon version_differs"]);
});

test.skipIf(process.platform === "win32")(
  "what others can look into is named with the line that mends it",
  async () => {
    using folder = doctorFolder(CONFIG);
    chmodSync(folder.file("home"), 0o755);
    chmodSync(folder.file("home/config.yaml"), 0o644);
    chmodSync(folder.write("home/secrets.env", "KEY=1\n"), 0o640);
    const diagnosis = await examineFolder(folder);
    expect(problemsOf(diagnosis)).toEqual([
      "home permissions_open",
      "home permissions_open",
      "config secrets_exposed",
    ]);
    const fixes = diagnosis.findings.flatMap(
      ({ hint }) => /Run `(chmod .*?)`/u.exec(hint ?? "")?.[1] ?? [],
    );
    for (const fix of fixes) spawnSync("sh", ["-c", fix]);
    expect(problemsOf(await examineFolder(folder))).toEqual([]);
  },
);

test.skipIf(isRoot)("a home that cannot be written to is named", async () => {
  using folder = doctorFolder(CONFIG);
  chmodSync(folder.file("home"), 0o500);
  expect(problemsOf(await examineFolder(folder))).toContain("home home_unusable");
  chmodSync(folder.file("home"), 0o700);
});

test("every mistake in the config is a finding at its line", async () => {
  using folder = doctorFolder("version: 1\nservr: {}\nagents:\n  - id: A\n    directories: []\n");
  const diagnosis = await examineFolder(folder);
  const found = diagnosis.findings.filter(({ code }) => code === "config_invalid");
  expect(found.map(({ message }) => message.slice(message.indexOf("config.yaml")))).toEqual([
    expect.stringMatching(/^config\.yaml:2:1: .*servr/u),
    expect.stringMatching(/^config\.yaml:4:\d+: /u),
    expect.stringMatching(/^config\.yaml:5:\d+: /u),
  ]);
  expect(diagnosis.healthy).toBe(false);
});

test("a variable that is not set and a key that is missing are named with how to set them", async () => {
  const model = "model: { provider: openai, api_key: '${SOME_KEY}' }\n";
  using folder = doctorFolder(CONFIG + model + agent("${DOCS}/in"));
  chmodSync(folder.file("home/config.yaml"), 0o600);
  const diagnosis = await examineFolder(folder);
  expect(problemsOf(diagnosis)).toEqual(["config variable_unset", "config variable_unset"]);
  expect(diagnosis.findings).toContainEqual(
    expect.objectContaining({ hint: expect.stringContaining("SOME_KEY=… into secrets.env") }),
  );
});

test("a stale daemon.json is told from a daemon that does not answer", async () => {
  using folder = doctorFolder(CONFIG);
  chmodSync(folder.file("home/config.yaml"), 0o600);
  const gone = spawnSync(process.execPath, ["--version"]).pid;
  const file = (pid: number): void => {
    const url = "http://127.0.0.1:9";
    const started_at = "2026-11-20T08:00:00.000Z";
    const text = JSON.stringify({ pid, url, token: "t", version: "1.2.3", started_at });
    writeFileSync(folder.file("home/daemon.json"), text, { mode: 0o600 });
  };
  file(gone);
  expect(problemsOf(await examineFolder(folder))).toEqual(["daemon daemon_file_stale"]);
  file(process.pid);
  expect(problemsOf(await examineFolder(folder))).toEqual(["daemon daemon_silent"]);
});

test("a port in use is told with who listens there", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  using folder = doctorFolder(`version: 1\nserver: { port: ${port} }\n`);
  chmodSync(folder.file("home/config.yaml"), 0o600);
  const { findings } = await examineFolder(folder);
  server.close();
  expect(problemsOf({ findings })).toEqual(["port port_in_use"]);
  const [found] = findings.filter(({ check }) => check === "port");
  const who = process.platform === "linux" ? `\\(process ${process.pid}\\)` : "something else";
  expect(found?.message).toMatch(new RegExp(`${who} listens on 127.0.0.1:${port}`, "u"));
});

test("a database that is damaged, of a newer version or older is told, and left as it is", async () => {
  using folder = doctorFolder(CONFIG);
  chmodSync(folder.file("home/config.yaml"), 0o600);
  const { database } = pathsOf(folder);
  (await openJournal(database)).close();
  const raw = new Database(database);
  raw.exec("DELETE FROM kysely_migration WHERE name = '0002-reservation'");
  raw.close();
  expect((await examineFolder(folder)).findings).toContainEqual(
    expect.objectContaining({ code: "journal_older", level: "note" }),
  );
  const again = new Database(database);
  again.exec("INSERT INTO kysely_migration VALUES ('9999-future', '2030-01-01')");
  again.close();
  expect(problemsOf(await examineFolder(folder))).toEqual(["database journal_newer"]);

  const whole = readFileSync(database);
  const half = whole.map((byte, index) => (index > 8_192 && index % 512 < 64 ? 0xff : byte));
  writeFileSync(database, half);
  expect(problemsOf(await examineFolder(folder))).toEqual(["database journal_damaged"]);
  expect(readFileSync(database)).toEqual(half);
  truncateSync(database, 100);
  expect(problemsOf(await examineFolder(folder))).toEqual(["database journal_damaged"]);
});

test("a directory that is missing, is a file, or is the home itself is named with its agent", async () => {
  using folder = doctorFolder();
  for (const [path, code] of [
    [folder.file("nowhere"), "directory_missing"],
    [folder.write("a.md", "# A\n"), "directory_missing"],
    [folder.file("home"), "directory_in_home"],
  ] as const) {
    folder.write("home/config.yaml", CONFIG + agent(path));
    chmodSync(folder.file("home/config.yaml"), 0o600);
    const { findings } = await examineFolder(folder);
    expect(findings.filter(({ level }) => level === "problem")).toEqual([
      expect.objectContaining({ check: "directories", code, agent_id: "a" }),
    ]);
  }
});

test.skipIf(isRoot)(
  "what may not be read is named, be it the config or below a directory",
  async () => {
    using folder = doctorFolder();
    folder.write("in/locked/a.md", "# A\n");
    folder.write("home/config.yaml", CONFIG + agent(folder.file("in")));
    chmodSync(folder.file("home/config.yaml"), 0o600);
    chmodSync(folder.file("in/locked"), 0o000);
    const below = await examineFolder(folder);
    chmodSync(folder.file("in/locked"), 0o700);
    expect(problemsOf(below)).toEqual(["directories directory_unreadable"]);
    expect(below.findings).toContainEqual(
      expect.objectContaining({
        agent_id: "a",
        message: `${folder.file("in/locked")} cannot be read (EACCES).`,
      }),
    );

    chmodSync(folder.file("home"), 0o000);
    const { findings } = await examineFolder(folder);
    chmodSync(folder.file("home"), 0o700);
    expect(findings.find(({ check }) => check === "config")).toMatchObject({
      level: "problem",
      code: "home_unusable",
      message: `${folder.file("home/config.yaml")} cannot be read (EACCES)`,
    });
  },
);

test("the inbox may be inside the home, and what a disabled agent lacks nobody needs", async () => {
  using folder = doctorFolder();
  mkdirSync(folder.file("home/inbox"));
  const disabled = `agents: [{ id: a, directories: [{ path: "${folder.file("home/inbox")}" }] }, { id: b, enabled: false, directories: [{ path: /nowhere }] }]\n`;
  folder.write("home/config.yaml", CONFIG + disabled);
  chmodSync(folder.file("home/config.yaml"), 0o600);
  expect(problemsOf(await examineFolder(folder))).toEqual([]);
});

test("an export that an agent reads again is found, and the line that is told ends that", async () => {
  using folder = doctorFolder();
  writeExport(folder.file("in/deep/vault"), "md", new Map([["index.md", "# Index"]]));
  const examineWith = async (more: string) => {
    folder.write("home/config.yaml", CONFIG + agent(folder.file("in"), more));
    chmodSync(folder.file("home/config.yaml"), 0o600);
    return examineFolder(folder);
  };
  const diagnosis = await examineWith("");
  expect(problemsOf(diagnosis)).toEqual(["directories export_read_again"]);
  const hints = diagnosis.findings.map(({ hint }) => /exclude: \[.*\]/u.exec(hint ?? "")?.[0]);
  const [line] = hints.filter((hint) => hint !== undefined);
  expect(problemsOf(await examineWith(`, ${line}`))).toEqual([]);
});

test("an empty directory in the place of one that had files is a drive that is absent", async () => {
  using folder = doctorFolder();
  folder.write("in/a.md", "# A\n\n- [ ] Do it\n");
  {
    await using running = await startTestDaemon(folder, agent(folder.file("in")));
    await running.run("a");
  }
  chmodSync(folder.file("home/config.yaml"), 0o600);
  expect(problemsOf(await examineFolder(folder))).toEqual([]);
  renameSync(folder.file("in"), folder.file("away"));
  mkdirSync(folder.file("in"));
  expect(problemsOf(await examineFolder(folder))).toEqual(["directories directory_missing"]);
  expect(readdirSync(folder.file("in"))).toEqual([]);
});

test("a clock before this program was made, or before the newest run, is wrong", () => {
  const now = Date.parse("2027-03-01T08:00:00Z");
  expect(examineClock(now, "2027-03-01T07:00:00.000Z").level).toBe("ok");
  expect(examineClock(now, "2027-03-01T09:00:00.000Z").code).toBe("clock_went_back");
  expect(examineClock(Date.parse("2001-01-01T00:00:00Z"), null).code).toBe("clock_wrong");
});

test("directories that several agents read are named, and nested ones of one agent are not", async () => {
  using folder = doctorFolder();
  mkdirSync(folder.file("in/deep"));
  const directory = (name: string): string => `{ path: "${folder.file(name)}" }`;
  folder.write(
    "home/config.yaml",
    `${CONFIG}agents:
  - { id: a, directories: [${directory("in")}, ${directory("in/deep")}] }
  - { id: b, directories: [${directory("in/deep")}] }
  - { id: c, enabled: false, directories: [${directory("in")}] }
`,
  );
  const { findings } = await examineFolder(folder);
  const overlaps = findings.filter(({ code }) => code === "directories_overlap");
  expect(overlaps.map(({ level, message }) => [level, message.includes("a and b")])).toEqual([
    ["note", true],
  ]);
  expect(overlaps[0]?.message).toContain(folder.file("in/deep"));
});
