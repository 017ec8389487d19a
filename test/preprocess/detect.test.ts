import { expect, test } from "vitest";
import { detectContentType } from "../../daemon/preprocess/detect.ts";
import { FORMATS, UNREADABLE_ENDINGS } from "../../daemon/preprocess/formats.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const PROGRAM = bytes(
  `MZ\u0090\0\u0003\0\0\0${"This program cannot be run in DOS mode.".padEnd(400, "\0")}`,
);
const ZIP = bytes(`PK\u0003\u0004\u0014\0\0\0\b\0${"\0".repeat(30)}`);
const COMPOUND = bytes(`\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1${"\0".repeat(60)}`);
// The bytes 0 to 255, over and over: no format, and no text.
const NOISE = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 31) % 256));

const CASES: [what: string, name: string, content: Uint8Array, contentType: string][] = [
  ["Markdown by name", "a.md", bytes("plain words"), "text/markdown"],
  ["an upper-case extension", "A.MARKDOWN", bytes("words"), "text/markdown"],
  ["a program named .md", "a.md", PROGRAM, "application/vnd.microsoft.portable-executable"],
  ["text that begins like a program", "a.md", bytes("MZ is a code"), "text/markdown"],
  ["noise named .md", "a.md", NOISE, "application/octet-stream"],
  ["a .md of NULs, as a crash leaves it", "a.md", Buffer.alloc(500), "application/octet-stream"],
  ["Markdown with one stray NUL", "a.md", bytes(`# A\0${"word ".repeat(20)}`), "text/markdown"],
  [
    "an unknown name with one NUL",
    "a.dat",
    bytes(`A\0${"word ".repeat(20)}`),
    "application/octet-stream",
  ],
  ["text named .bin", "a.bin", bytes("just words"), "text/plain"],
  ["text named .pdf", "a.pdf", bytes("just words"), "text/plain"],
  ["a log with colours", "a.log", bytes("\u001b[32mok\u001b[0m\n".repeat(9)), "text/plain"],
  ["source code", "a.rs", bytes("fn main() {}"), "text/plain"],
  ["UTF-16 with a mark", "a.txt", Buffer.from("\ufeffGrüße\n", "utf16le"), "text/plain"],
  ["UTF-16 without a mark", "a", Buffer.from("Grüße an alle\n", "utf16le"), "text/plain"],
  ["CSV", "a.csv", bytes("a,b\n1,2"), "text/csv"],
  ["JSON", "a.json", bytes("{}"), "application/json"],
  ["HTML", "a.html", bytes("<p>x"), "text/html"],
  ["HTML without a name", "a", bytes("\n<!DOCTYPE html>\n<p>x"), "text/html"],
  ["HTML that Word saved as .doc", "a.doc", bytes("<html><p>x"), "text/html"],
  ["XML without a name", "a", bytes('<?xml version="1.0"?><a/>'), "application/xml"],
  ["an e-mail", "a.eml", bytes("Subject: x\n\ny"), "message/rfc822"],
  [
    "an e-mail in a mail folder",
    "1700000000.M1P2.host:2,S",
    bytes("Received: from a\r\nFrom: a@example.org\r\nSubject: x\r\n\r\ny"),
    "message/rfc822",
  ],
  ["a memo with a head of its own", "memo", bytes("From: Ann\nTo: Bob\n\nx"), "text/plain"],
  ["front matter without extension", "note", bytes("---\ntitle: x\n---\ny"), "text/markdown"],
  ["a heading without extension", "note", bytes("Intro\n\n## Plan\n"), "text/markdown"],
  ["boxes to tick without extension", "todo", bytes("Today\n- [ ] call Ann\n"), "text/markdown"],
  ["plain words without extension", "note", bytes("call Ann #today\n"), "text/plain"],
  ["a script without extension", "run", bytes("#!/bin/sh\n# Build\nmake\n"), "text/plain"],
  ["PDF", "a.pdf", bytes("%PDF-1.7\n"), "application/pdf"],
  ["PDF under another name", "a.txt", bytes("%PDF-1.7\n"), "application/pdf"],
  ["RTF named .doc", "a.doc", bytes("{\\rtf1 x}"), "application/rtf"],
  ["Word", "a.docx", ZIP, WORD],
  ["an archive", "a.zip", ZIP, "application/zip"],
  ["an archive named .md", "a.md", ZIP, "application/zip"],
  ["older Excel", "a.xls", COMPOUND, "application/vnd.ms-excel"],
  [
    "Word with a password",
    "a.docx",
    Buffer.concat([COMPOUND, Buffer.from("EncryptedPackage", "utf16le")]),
    "application/vnd.ms-office-encrypted",
  ],
  ["a Compound File of no known name", "a", COMPOUND, "application/x-ole-storage"],
  ["a picture", "a", bytes("\u0089PNG\r\n\u001a\n\0\0\0\rIHDR"), "image/png"],
  ["a picture as text", "a.svg", bytes("<svg/>"), "image/svg+xml"],
  [
    "an archive whose mark is not at its start",
    "a",
    bytes(`${"\0".repeat(257)}ustar`),
    "application/x-tar",
  ],
];

test.each(CASES)(
  "%s is detected by content first, name second: %s",
  (_, name, content, contentType) => {
    expect(detectContentType(name, content)).toBe(contentType);
  },
);

test("the unreadable endings hold each known format that has no extractor, and no other", () => {
  expect(UNREADABLE_ENDINGS).toEqual(
    expect.arrayContaining([".ppt", ".jpg", ".gz", ".mp3", ".exe"]),
  );
  for (const ending of [".md", ".txt", ".csv", ".eml", ".ts", ".bin", ".2024", ""]) {
    expect(UNREADABLE_ENDINGS).not.toContain(ending);
  }
});

test("no extension belongs to two formats, and each is lower case without a dot", () => {
  const extensions = FORMATS.flatMap((format) => format.extensions);
  expect(extensions.filter((one, index) => extensions.indexOf(one) !== index)).toEqual([]);
  for (const extension of extensions) expect(extension).toMatch(/^[a-z\d]+$/);
});
