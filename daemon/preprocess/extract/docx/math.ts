// Mark a part of a formula. Private characters, so that they differ from the brackets in its text.
const OPEN = "\ue000";
const CLOSE = "\ue001";

/** The signs around each part of a formula (Office Math), written on one line. */
export const MATH: ReadonlyMap<string, { open: string; close: string }> = new Map(
  Object.entries({
    "m:num": { open: OPEN, close: CLOSE },
    "m:den": { open: `/${OPEN}`, close: CLOSE },
    "m:sup": { open: `^${OPEN}`, close: CLOSE },
    "m:sub": { open: `_${OPEN}`, close: CLOSE },
    "m:rad": { open: `√${OPEN}`, close: CLOSE },
    "m:d": { open: "(", close: ")" },
    "m:fName": { open: "", close: " " },
    "m:mr": { open: "", close: "; " },
    "m:oMathPara": { open: "\n", close: "\n" },
  }),
);

/** A formula on one line, without brackets around a number or a single sign. */
export function tidyMath(words: readonly string[]): string {
  return words
    .join("")
    .replaceAll(/[\^_]\ue000\s*\ue001/g, "")
    .replaceAll(/\ue000(\p{L}|[\p{N}.]+|[^\s\p{L}\p{N}])\ue001/gu, "$1")
    .replaceAll(OPEN, "(")
    .replaceAll(CLOSE, ")");
}
