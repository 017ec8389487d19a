// Every repetition is bounded, so that a hostile line costs linear time.
const CODE = /(`{1,3})([^`]{1,500})\1|\\([!-/:-@[-`{-~])/gu;
const MARKS: readonly RegExp[] = [
  /\[\[(?:[^[\]|]{1,200}\|)?([^[\]|]{1,200})\]\]/gu,
  // Images before links: a link may contain an image.
  /!\[([^[\]]{0,500})\](?:\([^()\s]{0,1000}(?:[ \t]{1,9}"[^"]{0,300}")?\)|\[[^[\]]{0,200}\])/gu,
  /\[((?:[^[\]]|\[[^[\]]{0,100}\]){0,500})\](?:\([^()\s]{0,1000}(?:[ \t]{1,9}"[^"]{0,300}")?\)|\[[^[\]]{0,200}\])/gu,
  /<((?:https?:\/\/|mailto:)[^<>\s]{1,1000})>/gu,
  /<\/?(?:a|b|br|code|del|details|div|em|i|img|ins|kbd|p|span|strong|sub|summary|sup|u)\b[^<>]{0,500}()>/giu,
  // Short marks before long ones: the long may contain the short.
  /(?<![\p{L}\p{N}*])\*(?=\S)([^*]{1,500})(?<=\S)\*(?![\p{L}\p{N}*])/gu,
  /(?<![\p{L}\p{N}*])\*{2,3}(?=\S)([^*]{1,500})(?<=\S)\*{2,3}(?![\p{L}\p{N}*])/gu,
  /(?<![\p{L}\p{N}_])_(?=\S)([^_]{1,500})(?<=\S)_(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])_{2,3}(?=\S)([^_]{1,500})(?<=\S)_{2,3}(?![\p{L}\p{N}_])/gu,
  /(?:~~|==)(?=\S)([^~=]{1,500})(?<=\S)(?:~~|==)/gu,
];

const ANY_MARK = /[`\\[<*_~=]/u;

// Moves the signs of code and escaped signs into a private range of Unicode, where no pattern of a mark matches.
const PRIVATE = 0x10ff00;
const HIDDEN = /[\u{10ff21}-\u{10ff7e}]/gu;

/** The text of a line without the marks of links, images, emphasis and code. */
export function plainText(line: string): string {
  return (ANY_MARK.test(line) ? withoutMarks(line) : line).replaceAll(/\s+/gu, " ").trim();
}

function withoutMarks(line: string): string {
  const hidden = line.replaceAll(CODE, (_, _fence, code?: string, sign?: string) =>
    hide(code ?? sign ?? ""),
  );
  return MARKS.reduce((text, mark) => text.replaceAll(mark, "$1"), hidden).replaceAll(
    HIDDEN,
    (sign) => String.fromCodePoint((sign.codePointAt(0) ?? 0) - PRIVATE),
  );
}

function hide(code: string): string {
  return code.replaceAll(/[!-/:-@[-`{-~]/gu, (sign) =>
    String.fromCodePoint(PRIVATE + sign.charCodeAt(0)),
  );
}
