import { expect, test } from "vitest";
import { extract } from "../../../daemon/preprocess/extract.ts";
import { makeDocx, p } from "../../helper/docx.ts";

const read = (mail: string) =>
  extract({ bytes: Buffer.from(mail, "latin1"), name: "a.eml", content_type: "message/rfc822" });
async function documentOf(mail: string) {
  const result = await read(mail);
  if (result.outcome !== "document") throw new Error(`expected a document, got ${result.reason}`);
  return result.document;
}

const HEAD = `From: =?utf-8?q?Ann_M=C3=BCller?= <ann@example.org>
To: Bob <bob@example.org>, carol@example.org
Cc: Team: dan@example.org, "Eve, Dr." <eve@example.org>;
Subject: =?utf-8?b?QnVkZ2V0IOKAkyByZXZpZXc=?=
Date: Thu, 19 Nov 2026 23:30:00 +0200
MIME-Version: 1.0
`;
const mixed = (...parts: string[]) =>
  `${HEAD}Content-Type: multipart/mixed; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join("")}--b--\n`;
const attached = (name: string, type: string, content: string | Buffer) =>
  `Content-Type: ${type}; name="${name}"\nContent-Disposition: attachment; filename="${name}"\n` +
  `Content-Transfer-Encoding: base64\n\n${Buffer.from(content).toString("base64")}`;

test("who wrote to whom and when is metadata, by the sender's clock; the text and quotes are kept", async () => {
  const body =
    "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n" +
    "Hi Bob,\n\nplease send the b=FCdget by Friday.\n\n> On Monday you wrote:\n> fine\n";
  const { text, title, metadata, warnings } = await documentOf(HEAD + body);
  expect(text).toBe(
    "Hi Bob,\n\nplease send the büdget by Friday.\n\n> On Monday you wrote:\n> fine\n",
  );
  expect(title).toBe("Budget – review");
  expect(metadata).toEqual({
    from: "Ann Müller <ann@example.org>",
    to: ["Bob <bob@example.org>", "carol@example.org"],
    cc: ["dan@example.org", "Eve, Dr. <eve@example.org>"],
    date: "2026-11-19T23:30:00+02:00",
    subject: "Budget – review",
  });
  expect(warnings).toEqual([]);
});

const alternative = (plain: string, html: string) =>
  `${HEAD}Content-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\n${plain}\n` +
  `--c\nContent-Type: text/html\n\n${html}\n--c--\n`;

test.each([
  ["the plain text where there is one", alternative("Hi Bob", "<p>Hi <b>Bob</b>"), "Hi Bob\n"],
  [
    "the HTML where the plain text only points to it",
    alternative("This mail is in HTML.", `<h1>Plan</h1><p>${"Call Ann about it. ".repeat(20)}`),
    `# Plan\n\n${"Call Ann about it. ".repeat(20).trim()}\n`,
  ],
  [
    "the HTML where there is nothing else",
    `${HEAD}Content-Type: text/html\n\n<nav>In a mail all is written</nav><blockquote>q</blockquote>`,
    "In a mail all is written\n\n> q\n",
  ],
])("a mail's text is %s", async (_, mail, text) => {
  expect((await documentOf(mail)).text).toBe(text);
});

test("attachments that can be read follow under their names, the others are named", async () => {
  const { text, headings, warnings } = await documentOf(
    mixed(
      "Content-Type: text/plain\n\nSee below.",
      attached("prices.csv", "text/csv", "item,price\nSeeds,3\n"),
      attached("Plan.docx", "application/octet-stream", makeDocx(p("Call Ann."))),
      attached("photo.png", "image/png", "\u0089PNG\r\n\u001a\n"),
      attached("../../x", "application/pdf", "%PDF-1.4 broken"),
      `Content-Type: message/rfc822\n\n${HEAD.replace("QnVkZ2V0IOKAkyByZXZpZXc=", "SW5uZXI=")}Content-Type: text/html\n\n<h1>Hello</h1>inner`,
    ),
  );
  expect(text).toBe(
    "See below.\n\n" +
      "## Attachment: prices.csv\n\n| item | price |\n| --- | --- |\n| Seeds | 3 |\n\n" +
      "## Attachment: Plan.docx\n\nCall Ann.\n\n" +
      "## Attachment: Inner\n\nFrom: Ann Müller <ann@example.org>\nTo: Bob <bob@example.org>, carol@example.org\n" +
      "Cc: dan@example.org, Eve, Dr. <eve@example.org>\nDate: 2026-11-19T23:30:00+02:00\nSubject: Inner\n\n" +
      "# Hello\n\ninner\n",
  );
  const lines = text.split("\n");
  for (const heading of headings) expect(lines[heading.line]).toMatch(`# ${heading.text}`);
  expect(headings).toHaveLength(4);
  expect(warnings).toEqual([
    { code: "attachment_unread", message: "Attachments that were not read: photo.png, ../../x." },
  ]);
});

test("mails in mails are read to a depth, and attachments up to a number", async () => {
  let nested = "From: z@example.org\nSubject: level 0\n\ninnermost";
  for (let level = 1; level <= 6; level += 1) {
    nested = `From: z@example.org\nSubject: level ${level}\nContent-Type: message/rfc822\n\n${nested}`;
  }
  const deep = await documentOf(
    mixed("Content-Type: text/plain\n\nHi", `Content-Type: message/rfc822\n\n${nested}`),
  );
  expect(deep.text).toContain("## Attachment: level 6");
  expect(deep.text).not.toContain("innermost");
  expect(deep.warnings).toEqual([
    {
      code: "attachment_unread",
      message: expect.stringContaining("Attachments that were not read: "),
    },
  ]);

  const many = Array.from({ length: 30 }, (_, n) =>
    attached(`${n}.txt`, "text/plain", `note ${n}`),
  );
  const { text, warnings } = await documentOf(mixed("Content-Type: text/plain\n\nHi", ...many));
  expect(text.match(/^## Attachment/gm)).toHaveLength(20);
  expect(warnings).toEqual([
    {
      code: "attachment_unread",
      message: expect.stringMatching(/^Attachments that were not read: 20\.txt, .*29\.txt\.$/),
    },
  ]);
});

test("an encrypted mail is skipped", async () => {
  const mail = `${HEAD}Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\n\n--b
Content-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n--b--\n`;
  expect(await read(mail)).toEqual({ outcome: "skipped", reason: "encrypted" });
});
