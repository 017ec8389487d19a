import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { makeDocx, p } from "../helper/docx.ts";
import { findExtractors } from "../helper/extractor-pids.ts";
import { testFolder } from "../helper/folder.ts";
import { makePdf } from "../helper/pdf.ts";
import { writeFileSync } from "node:fs";

const MAIL = `From: Ann <ann@example.org>
To: Bob <bob@example.org>
Subject: Budget for the garden
Date: Thu, 19 Nov 2026 10:00:00 +0000
Message-ID: <1@example.org>

Hi Bob,

the members of the club met last week and talked about what the garden needs next year.

Ann
`;

test("mails, pages and documents are read, what cannot be is skipped or fails alone, and no process is left", async () => {
  using folder = testFolder({
    "in/mail.eml": MAIL,
    "in/page.html": "<title>Plan</title><main><h1>Garden plan</h1><p>The garden is planted in May.",
  });
  const files: Record<string, Buffer> = {
    "letter.docx": makeDocx(p("The club thanks everybody who took part in the work this year.")),
    "report.pdf": makePdf([[{ x: 50, y: 700, text: "The garden made good progress this year." }]]),
    "scan.pdf": makePdf([[]]),
    "bomb.docx": makeDocx(" ".repeat(20_000_000)),
    "locked.docx": Buffer.concat([
      Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
      Buffer.alloc(504),
      Buffer.from("EncryptedPackage", "utf16le"),
    ]),
  };
  for (const [name, bytes] of Object.entries(files))
    writeFileSync(folder.file(`in/${name}`), bytes);
  const yaml = `agents: [{ id: test, settle_seconds: 0, directories: [{ path: "${folder.file("in")}", watch: false }] }]`;
  await using daemon = await startTestDaemon(folder, yaml);
  const run = await daemon.run("test");
  expect(run.files).toMatchObject({ found: 7, processed: 4, skipped: 2, failed: 1, pending: 0 });

  const { items } = await daemon.client.files();
  const outcomes = items.map(({ path, state, reason, error }) => [
    path.slice(path.lastIndexOf("/") + 1),
    error?.code ?? reason ?? state,
  ]);
  expect(Object.fromEntries(outcomes)).toEqual({
    "mail.eml": "done",
    "page.html": "done",
    "letter.docx": "done",
    "report.pdf": "done",
    "scan.pdf": "no_text",
    "locked.docx": "encrypted",
    "bomb.docx": "archive_limit",
  });
  const notes = (await daemon.client.entities("note")).items.map(({ title }) => title);
  expect(notes).toEqual(expect.arrayContaining(["Budget for the garden", "Garden plan"]));

  expect(findExtractors(process.pid)).toHaveLength(1);
  await daemon.daemon.stop();
  expect(findExtractors(process.pid)).toEqual([]);
});
