import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type Paths, resolvePaths } from "../../daemon/core/paths.ts";
import {
  removeOldSignInFiles,
  removeSignInFile,
  writeSignInFile,
} from "../../daemon/core/sign-in-file.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const hasModes = process.platform !== "win32";

let folder: TestFolder;
let paths: Paths;

beforeEach(() => {
  folder = testFolder({ "home/.config": "", "user/.keep": "" });
  paths = pathsOf("home");
  return () => folder[Symbol.dispose]();
});

function pathsOf(home: string): Paths {
  return resolvePaths({
    env: { AGENT_RUNNER_HOME: folder.file(home) },
    platform: process.platform,
    userHome: folder.file("user"),
  });
}

function write(code: string, hasSnaps = false, places = paths): string {
  const address = `http://127.0.0.1:4770/#code=${code}`;
  return writeSignInFile(places, { address, code }, hasSnaps);
}

function codeOf(thrown: () => unknown): unknown {
  try {
    return thrown();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

test("the file leads to the address, and neither its name nor its directory says the code", () => {
  const file = write("c0de");
  expect(path.dirname(file)).toBe(folder.file("home/sign-in"));
  const html = readFileSync(file, "utf8");
  expect(html).toContain('content="0; url=http://127.0.0.1:4770/#code=c0de"');
  expect(html).toContain('<a href="http://127.0.0.1:4770/#code=c0de">');
  expect(file).not.toContain("c0de");
});

test.skipIf(!hasModes)("only its owner can read it, whatever the umask", () => {
  const before = process.umask(0);
  try {
    const file = write("c0de");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  } finally {
    process.umask(before);
  }
});

test("an address cannot leave its attribute", () => {
  const address = `http://127.0.0.1:4770/"><script>'&#code=1`;
  const html = readFileSync(writeSignInFile(paths, { address, code: "1" }, false), "utf8");
  expect(html).not.toContain("<script");
  expect(html).toContain("/&#34;&#62;&#60;script&#62;&#39;&#38;#code=1");
});

test("for a snap it is where snaps can read: not hidden, and in the user's home", () => {
  const visible = path.join(folder.file("user"), "Agent Runner Sign-in");
  expect(path.dirname(write("c0de", true))).toBe(visible);
  for (const home of ["user/.hidden/home", "user/snap/home", "user/home"]) {
    folder.write(`${home}/config.yaml`, "");
  }
  expect(path.dirname(write("c1de", true, pathsOf("user/.hidden/home")))).toBe(visible);
  expect(path.dirname(write("c2de", true, pathsOf("user/snap/home")))).toBe(visible);
  expect(path.dirname(write("c3de", true, pathsOf("user/home")))).toBe(
    folder.file("user/home/sign-in"),
  );
});

test("the visible directory goes with its last file, and no file of another home does", () => {
  const other = pathsOf("other");
  folder.write("other/.config", "");
  write("c0de", true);
  write("c1de", true, other);
  removeOldSignInFiles(paths, 0);
  expect(readdirSync(paths.signInVisible)).toHaveLength(1);
  removeSignInFile(other, "c1de");
  expect(existsSync(paths.signInVisible)).toBe(false);
});

test.skipIf(!hasModes)("a home that is known by a link is the same home", () => {
  const file = write("c0de");
  symlinkSync(folder.file("home"), folder.file("link"));
  removeSignInFile(pathsOf("link"), "c0de");
  expect(existsSync(file)).toBe(false);
});

test("a code takes its own file with it, and age takes old ones", () => {
  const [used, old, fresh] = [write("used"), write("old"), write("new")];
  removeSignInFile(paths, "used");
  utimesSync(old, 1, 1);
  removeOldSignInFiles(paths, 60_000);
  expect([used, old, fresh].map((file) => existsSync(file))).toEqual([false, false, true]);
  const foreign = folder.write("home/sign-in/report.html", "mine");
  removeOldSignInFiles(paths, 0);
  expect([fresh, foreign].map((file) => existsSync(file))).toEqual([false, true]);
});

test("a file that is there already is not replaced", () => {
  const file = write("c0de");
  expect(codeOf(() => write("c0de"))).toBe("home_unusable");
  expect(existsSync(file)).toBe(true);
});

test.skipIf(!hasModes)("of 200 links in its place, none is followed", () => {
  const victims = Array.from({ length: 200 }, (_, index) => {
    const code = `code-${index}`;
    const file = write(code);
    removeSignInFile(paths, code);
    const victim = folder.write(`victim/${index}`, "untouched");
    symlinkSync(victim, file);
    expect(codeOf(() => write(code))).toBe("home_unusable");
    return victim;
  });
  removeOldSignInFiles(paths, 0);
  expect(new Set(victims.map((victim) => readFileSync(victim, "utf8")))).toEqual(
    new Set(["untouched"]),
  );
});

test.skipIf(!hasModes)("a directory that is a link, or open to others, is not used", () => {
  const elsewhere = folder.file("elsewhere");
  mkdirSync(elsewhere, { mode: 0o700 });
  symlinkSync(elsewhere, paths.signIn);
  expect(codeOf(() => write("c0de"))).toBe("home_unsafe");
  expect(readdirSync(elsewhere)).toEqual([]);
  mkdirSync(paths.signInVisible, { mode: 0o700 });
  chmodSync(paths.signInVisible, 0o1777);
  expect(codeOf(() => write("c0de", true))).toBe("home_unsafe");
  expect(readdirSync(paths.signInVisible)).toEqual([]);
});

test.skipIf(!isRoot)("a directory that another user made is not used", () => {
  mkdirSync(paths.signIn, { mode: 0o700 });
  chownSync(paths.signIn, NOBODY, NOBODY);
  expect(codeOf(() => write("c0de"))).toBe("home_unsafe");
});
