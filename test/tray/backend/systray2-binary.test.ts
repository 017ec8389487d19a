import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { expect, test } from "vitest";
import {
  findSystray2,
  installSystray2,
  ownDirectory,
} from "../../../tray/backend/systray2-binary.ts";
import { testFolder } from "../../helper/folder.ts";

test("the program is the one of the package, wherever the process stands", () => {
  using folder = testFolder({ "traybin/tray_linux_release": "#!/bin/sh\n" });
  const before = process.cwd();
  process.chdir(folder.path);
  try {
    const found = findSystray2();
    expect(found ?? "node_modules/systray2").toContain("node_modules");
    expect(found?.startsWith(folder.path) ?? false).toBe(false);
  } finally {
    process.chdir(before);
  }
});

test("the copy can be run by its owner alone, and one that was tampered with is replaced", () => {
  using folder = testFolder({ "package/program": "the program" });
  const copy = installSystray2(folder.file("package/program"), folder.file("state"));
  expect(statSync(copy).mode & 0o777).toBe(0o700);
  writeFileSync(copy, "planted");
  installSystray2(folder.file("package/program"), folder.file("state"));
  expect(readFileSync(copy, "utf8")).toBe("the program");
});

test("a link that stands in its place is replaced, and what it leads to stays as it is", () => {
  using folder = testFolder({ "package/program": "the program", "mine.txt": "mine" });
  mkdirSync(folder.file("state"));
  symlinkSync(folder.file("mine.txt"), folder.file("state/program"));
  const copy = installSystray2(folder.file("package/program"), folder.file("state"));
  expect(readFileSync(copy, "utf8")).toBe("the program");
  expect(readFileSync(folder.file("mine.txt"), "utf8")).toBe("mine");
});

test("each process has a directory of its own, and those of processes that ended are removed", () => {
  using folder = testFolder({ "of-999999999/icon": "", "of-1/icon": "", "program/x": "" });
  const own = ownDirectory(folder.path);
  expect(own).toBe(folder.file(`of-${process.pid}`));
  expect(readdirSync(folder.path).toSorted()).toEqual(["of-1", "program"]);
});
