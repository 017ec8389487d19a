import { expect, test } from "vitest";
import { openHome } from "./run-in-process.ts";

const TEXT = "# Plan\n\n- [ ] Buy paint\n";
const files = { "inbox/a.md": TEXT, "inbox/copy.md": TEXT };

test("forget says what it purged, and of which copies", async () => {
  await using at = await openHome({ files });
  const { door } = at;
  await door.daemon.run("inbox");
  const [file] = (await door.client.files()).items;
  const before = await door.client.file(file!.file_id);
  expect(before.text).toBe(TEXT);
  const { code, stdout } = await at.run("forget", door.folder.file("inbox/a.md"), "--yes");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Forgot \S+\/inbox\/a\.md: 1 text, [12] repl(y|ies), \d quotes\.\n/u);
  expect(stdout).toContain(`\n  and of ${door.folder.file("inbox/copy.md")}, which has the same`);
  const after = await door.client.file(file!.file_id);
  expect(after.text).toBeNull();
  expect(after.attempts.flatMap(({ requests }) => requests.map(({ reply }) => reply))).toEqual(
    before.attempts.flatMap(({ requests }) => requests.map(() => null)),
  );
});

test("nothing is forgotten without consent, nor for an unknown file", async () => {
  await using at = await openHome({ files });
  const { door } = at;
  await door.daemon.run("inbox");
  const unasked = await at.run("forget", door.folder.file("inbox/a.md"));
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining("--yes")]);
  expect((await at.run("forget", "/in/nope.md", "--yes")).stderr).toContain(
    "No agent knows the file",
  );
  const [file] = (await door.client.files()).items;
  expect((await door.client.file(file!.file_id)).text).toBe(TEXT);
});

test("forget says first what stays and may repeat the text", async () => {
  await using at = await openHome({ files });
  await at.door.daemon.run("inbox");
  const [note] = (await at.door.client.entities("note")).items;
  const unasked = await at.run("forget", at.door.folder.file("inbox/a.md"));
  expect(unasked.stderr).toContain("These stay, and may repeat the text of the file:");
  expect(unasked.stderr).toContain(`note ${note?.id}`);
});
