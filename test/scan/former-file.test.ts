import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { watchedFolder } from "../trigger/watched-folder.ts";

// The tests' own folder may be in memory, where a system uses no inode again.
const DISKS = process.platform === "linux" ? [os.tmpdir(), "/var/tmp"] : [os.tmpdir()];

test.each(DISKS)("a new file on an inode that is used again is no old one: %s", async (disk) => {
  using watched = await watchedFolder();
  const root = mkdtempSync(path.join(disk, "agent-runner-test-"));
  try {
    const directories = [{ ...watched.directory(), path: root }];
    for (let round = 0; round < 200; round += 1) {
      const file = path.join(root, `${round}.md`);
      // The same text but for one line: only the time of birth tells the files apart.
      writeFileSync(file, `# Apples\n\n- [ ] Pick\n- [ ] Wash\n- [ ] Eat\n- [ ] Round ${round}\n`);
      const { observed } = watched.settle({ directories });
      expect(observed.map(({ name, was }) => [name, was])).toEqual([[`${round}.md`, undefined]]);
      rmSync(file);
    }
  } finally {
    rmSync(root, { recursive: true });
  }
});
