import { chmodSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { showNotice } from "../../../tray/notification/show.ts";
import { testFolder } from "../../helper/folder.ts";

test.skipIf(process.platform === "win32").each([
  ["darwin", "osascript"],
  ["win32", "powershell"],
] as const)(
  "on %s the texts are in the environment of %s, not in its arguments",
  async (platform, program) => {
    using folder = testFolder();
    const script = `#!/bin/sh
printf '%s\\n' "$@" > '${folder.file("args")}'
printf '%s|%s' "$NOTICE_TITLE" "$NOTICE_BODY" > '${folder.file("texts")}'
`;
    chmodSync(folder.write(`bin/${program}`, script), 0o755);
    const env = { PATH: `${folder.file("bin")}${path.delimiter}${process.env["PATH"]}` };
    const notice = { title: "Kündigung", body: "/home/ann/kündigung.md cannot be read." };
    await showNotice(notice, undefined, env, platform);
    expect(readFileSync(folder.file("texts"), "utf8")).toBe(`${notice.title}|${notice.body}`);
    expect(readFileSync(folder.file("args"), "utf8").toLowerCase()).not.toContain("kündigung");
  },
);
