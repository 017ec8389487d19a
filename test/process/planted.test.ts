import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { writeExport } from "../../daemon/cli/export/write.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { secureHome } from "../../daemon/core/safe-home.ts";
import { removeLeftovers, writeFileAtomic } from "../../daemon/core/atomic-file.ts";
import { openBackups } from "../../daemon/journal/backup.ts";
import { testFolder } from "../helper/folder.ts";
import { isRoot, openToOthers, OTHER_USER, runAsOther, startAttack } from "../helper/other-user.ts";

const FILES = new Map(Array.from({ length: 20 }, (_, at) => [`note-${at}.md`, `note ${at}`]));

test.skipIf(!isRoot)(
  "links that another user planted for names of temporary files lead an export nowhere",
  () => {
    using folder = testFolder({ "mine/secret": "mine" });
    const [out, secret] = [folder.file("out"), folder.file("mine/secret")];
    mkdirSync(out);
    chmodSync(secret, 0o600);
    openToOthers(folder.path, [out]);
    runAsOther(
      `cd "$1"
for name in .agent-runner-export.json $4; do
  for pid in "$3" 1 2; do ln -s "$2" ".$name.$pid.tmp"; ln -s "$2" "$name.tmp$pid"; done
  ln -s "$2" ".$name.tmp"; ln -s "$2" "$name.tmp"; ln -s "$2" ".agent-runner-$3.tmp.$name"
done`,
      out,
      secret,
      String(process.pid),
      [...FILES.keys()].join(" "),
    );
    expect(readdirSync(out).length).toBeGreaterThan(150);
    expect(writeExport(out, "md", FILES).written).toHaveLength(FILES.size);
    expect(readFileSync(secret, "utf8")).toBe("mine");
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    for (const [name, text] of FILES) expect(readFileSync(`${out}/${name}`, "utf8")).toBe(text);
  },
);

test.skipIf(!isRoot)(
  "a directory of an export that another user swaps with a link is not written through",
  { timeout: 300_000 },
  async () => {
    const names = Array.from({ length: 5 }, (_, at) => `note-${at}.md`);
    using folder = testFolder(Object.fromEntries(names.map((name) => [`mine/${name}`, "mine"])));
    const out = folder.file("out");
    mkdirSync(out);
    openToOthers(folder.path, [out]);
    writeExport(out, "md", new Map([["notes/note-0.md", "first"]]));
    const refused: unknown[] = [];
    chmodSync(`${out}/notes`, 0o777);
    {
      await using _attack = startAttack(
        `cd "$1"; exec 2>/dev/null; round=0
while :; do
  round=$((round + 1)); mv -T notes "aside.$round" && ln -s "$2" notes; rm notes; mv -T "aside.$round" notes
done`,
        [out, folder.file("mine")],
      );
      for (let round = 0; refused.length < 40 && round < 10_000; round += 1) {
        // Odd rounds remove what even rounds wrote.
        const files = round % 2 === 0 ? names.map((name) => [`notes/${name}`, `${round}`]) : [];
        try {
          writeExport(out, "md", new Map(files as [string, string][]));
        } catch (error) {
          refused.push(error);
        }
      }
    }
    expect(refused).not.toEqual([]);
    expect(readdirSync(folder.file("mine"))).toEqual(names);
    for (const name of names)
      expect(readFileSync(folder.file(`mine/${name}`), "utf8")).toBe("mine");
  },
);

test.skipIf(!isRoot)(
  "a backup into a directory of others never writes over what they link to",
  { timeout: 300_000 },
  async () => {
    using folder = testFolder();
    const [out, mine] = [folder.file("out"), folder.file("mine.db")];
    mkdirSync(out);
    openToOthers(folder.path, [out]);
    const journal = new Database(folder.file("journal.db"));
    journal.exec("CREATE TABLE notes (text); INSERT INTO notes VALUES ('a note')");
    journal.close();
    const other = new Database(mine);
    other.exec("CREATE TABLE mine (text)");
    other.close();
    const before = readFileSync(mine);
    await using backups = openBackups(folder.file("journal.db"));
    await using _attack = startAttack(
      `cd "$1"; exec 2>/dev/null; round=0
while :; do
  for name in .backup_*.partial; do
    round=$((round + 1)); [ -L "$name" ] || mv -T "$name" "gone.$round" && ln -s "$2" "$name"
  done
done`,
      [out, mine],
    );
    const refused: unknown[] = [];
    for (let round = 0; refused.length < 3 && round < 50; round += 1) {
      await backups.make(`${out}/${round}.db`).catch((error: unknown) => refused.push(error));
    }
    expect(refused).not.toEqual([]);
    expect(readFileSync(mine).equals(before)).toBe(true);
  },
);

test("a file is written with its mode, and replaces a link instead of following it", () => {
  using folder = testFolder({ "mine.txt": "mine" });
  const file = folder.file("a.json");
  symlinkSync(folder.file("mine.txt"), file);
  writeFileAtomic(file, "text", 0o600);
  expect(readFileSync(file, "utf8")).toBe("text");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(folder.file("mine.txt"), "utf8")).toBe("mine");
  expect(readdirSync(folder.path).toSorted()).toEqual(["a.json", "mine.txt"]);
});

test("what a write left that crashed is removed an hour later, and nothing else", () => {
  const old = `.agent-runner-${"a".repeat(24)}.tmp`;
  const young = `.agent-runner-${"b".repeat(24)}.tmp`;
  using folder = testFolder({ [old]: "half", [young]: "half", ".agent-runner-mine.tmp": "mine" });
  for (const name of [old, ".agent-runner-mine.tmp"]) utimesSync(folder.file(name), 1, 1);
  removeLeftovers(folder.path);
  expect(readdirSync(folder.path).toSorted()).toEqual([young, ".agent-runner-mine.tmp"].toSorted());
  removeLeftovers(folder.file("missing"));
});

const HAS_LISTS = process.env["CI"] === "true" || spawnSync("setfacl", ["--version"]).status === 0;

test.skipIf(!isRoot || !HAS_LISTS)(
  "a home that an access control list lets another user change is taken from him, which needs setfacl",
  () => {
    using folder = testFolder({ "home/config.yaml": "version: 1\n" });
    const [home, config] = [folder.file("home"), folder.file("home/config.yaml")];
    chmodSync(home, 0o700);
    chmodSync(config, 0o600);
    openToOthers(folder.path);
    for (const [place, rights] of [
      [home, "rwx"],
      [config, "rw"],
    ] as const) {
      const { status } = spawnSync("setfacl", ["-m", `u:${OTHER_USER.uid}:${rights}`, place]);
      expect(status).toBe(0);
    }
    const change = (): void => runAsOther('echo "# his" >> "$1"', config);
    const add = (): void => runAsOther('echo KEY=1 > "$1/secrets.env"', home);
    change();
    const env = { AGENT_RUNNER_HOME: home };
    secureHome(resolvePaths({ env, platform: process.platform, userHome: home }));
    expect(change).toThrow("ermission denied");
    expect(add).toThrow("ermission denied");
    expect(readFileSync(config, "utf8")).toBe("version: 1\n# his\n");
  },
);
