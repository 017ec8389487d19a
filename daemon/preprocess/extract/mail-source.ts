import { isUtf8 } from "node:buffer";
import { decodeSource } from "../decode.ts";
import type { Warning } from "../../protocol/warning.ts";

/*
 * Makes of any mail one that its parser reads rightly: bytes with a charset for every text. Programs write mails in UTF-16,
 * end lines with CR alone, name no charset, or name another one.
 */

const CHARSET = /charset\s*=\s*"?([\w.:-]+)/iu;
const CONTENT_TYPE = /^content-type:.*(?:\r?\n[ \t].*){0,50}/gimu;
const ENCODED = /^content-transfer-encoding:\s*(?:base64|quoted-printable)/imu;
// The escapes with which ISO-2022-JP begins Japanese (RFC 1468).
const JAPANESE = ["\u001b$B", "\u001b$@"];

/** A mail whose texts are ASCII, encoded, or in the charset that it names. */
export function toParsable(bytes: Uint8Array): { bytes: Uint8Array; warnings: Warning[] } {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isWide(whole)) return fromText(decodeSource(whole).text, []);
  const source = withLineEnds(whole);
  const text = source.toString("latin1");
  // Texts that are encoded have their charset, or UTF-8, apart from the bytes of the rest.
  if (ENCODED.test(text)) return { bytes: source, warnings: [] };
  const isAscii = !/[\u0080-\u00ff]/u.test(text);
  const named = text.match(CONTENT_TYPE)?.map((field) => CHARSET.exec(field)?.[1] ?? "") ?? [];
  const charset = named.find((name) => name !== "");
  if (isAscii) {
    const isJapanese = JAPANESE.some((escape) => text.includes(escape)) && charset === undefined;
    return isJapanese
      ? fromText(new TextDecoder("iso-2022-jp").decode(source), [])
      : { bytes: source, warnings: [] };
  }
  // Hardly any text of another encoding is valid UTF-8.
  if (isUtf8(source)) return fromText(source.toString("utf8"), []);
  if (charset !== undefined) return { bytes: source, warnings: [] };
  // A page inside the mail may name its charset.
  const { text: decoded, warnings } = decodeSource(source, CHARSET.exec(text)?.[1]);
  return fromText(decoded, warnings);
}

function isWide(bytes: Buffer): boolean {
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isMarked || bytes.subarray(0, 64).includes(0);
}

// Only above a header: a mail may have none.
const BLANK = /^(?:[ \t]*\r?\n)+(?=[!-9;-~]+:)/u;

/** Lines that end with CR alone end with LF; blank lines above the header go. */
function withLineEnds(bytes: Buffer): Buffer {
  const hasLf = bytes.includes(0x0a);
  const source = hasLf || !bytes.includes(0x0d) ? bytes : replaceCr(bytes);
  const [blank = ""] = BLANK.exec(source.toString("latin1", 0, 4_096)) ?? [];
  return source.subarray(blank.length);
}

function replaceCr(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll("\r", "\n"), "latin1");
}

/** The mail in UTF-8, which all of its texts name. */
function fromText(text: string, warnings: Warning[]): { bytes: Uint8Array; warnings: Warning[] } {
  const renamed = text.trimStart().replaceAll(CONTENT_TYPE, (field) => {
    if (!/^content-type:\s*text\//iu.test(field)) return field;
    const bare = field.replace(/;?\s*charset\s*=\s*"?[\w.:-]+"?/iu, "").trimEnd();
    return `${bare.replace(/;$/u, "")}; charset=utf-8`;
  });
  return { bytes: Buffer.from(withType(renamed)), warnings };
}

/** A mail without a type is plain text in ASCII (RFC 2045). */
function withType(mail: string): string {
  const [head = ""] = mail.split(/\r?\n\r?\n/u, 1);
  return /^content-type:/imu.test(head) ? mail : `Content-Type: text/plain; charset=utf-8\n${mail}`;
}
