import { renameSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { watchedFolder } from "../trigger/watched-folder.ts";
import { pathsOf, reasonsOf } from "./scan-result.ts";

test.each([
  "filepart",
  "part",
  "partial",
  "crdownload",
  "opdownload",
  "downloading",
  "fdmdownload",
  "crswap",
  "!ut",
  "bc!",
])("a download under the ending .%s is read once it has its last name", async (ending) => {
  using watched = await watchedFolder({ [`report.md.${ending}`]: "# Rep" });
  expect(reasonsOf(watched.settle())).toEqual({ [`report.md.${ending}`]: "ignored" });
  renameSync(watched.folder.file(`report.md.${ending}`), watched.folder.file("report.md"));
  expect(pathsOf(watched.scan().observed)).toEqual(["report.md"]);
});

test("what is in a download of Safari is not read before it is complete", async () => {
  using watched = await watchedFolder({ "report.md.download/report.md": "# Rep" });
  expect(watched.settle()).toMatchObject({ observed: [], skipped: [] });
  renameSync(watched.folder.file("report.md.download/report.md"), watched.folder.file("report.md"));
  expect(pathsOf(watched.scan().observed)).toEqual(["report.md"]);
});

test.each(["aria2", "lftp-pget-status"])(
  "a file with a control file .%s beside it is read once that is gone",
  async (ending) => {
    using watched = await watchedFolder({
      "report.md": "# Rep",
      [`report.md.${ending}`]: "state",
      "other.md": "# Other",
    });
    const first = watched.settle();
    expect(pathsOf(first.observed)).toEqual(["other.md"]);
    expect(reasonsOf(first)).toEqual({
      "report.md": "ignored",
      [`report.md.${ending}`]: "ignored",
    });
    expect(watched.settle()).toMatchObject({ observed: [], still_skipped: 2 });
    rmSync(watched.folder.file(`report.md.${ending}`));
    expect(pathsOf(watched.scan().observed)).toEqual(["report.md"]);
  },
);
