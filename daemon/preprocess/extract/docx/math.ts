// Brackets around a part of a formula, as opposed to those that are written in it.
const OPEN = "\ue000";
const CLOSE = "\ue001";

/** What the parts of a formula (Office Math) are written with on a line. */
export const MATH: Readonly<Record<string, { open: string; close: string }>> = {
  "m:num": { open: OPEN, close: CLOSE },
  "m:den": { open: `/${OPEN}`, close: CLOSE },
  "m:sup": { open: `^${OPEN}`, close: CLOSE },
  "m:sub": { open: `_${OPEN}`, close: CLOSE },
  "m:rad": { open: `√${OPEN}`, close: CLOSE },
  "m:d": { open: "(", close: ")" },
  "m:fName": { open: "", close: " " },
  "m:mr": { open: "", close: "; " },
  "m:oMathPara": { open: "\n", close: "\n" },
};

/** A formula on a line, with no brackets around a number or a single sign. */
export function tidyMath(words: readonly string[]): string {
  return words
    .join("")
    .replaceAll(/[\^_]\ue000\s*\ue001/g, "")
    .replaceAll(/\ue000(\p{L}|[\p{N}.]+|[^\s\p{L}\p{N}])\ue001/gu, "$1")
    .replaceAll(OPEN, "(")
    .replaceAll(CLOSE, ")");
}
