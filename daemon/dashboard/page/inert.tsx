import type { VNode } from "preact";

// Control characters, characters that reorder or hide text (Unicode TR36), lone surrogates, separators that fake
// lines, and Hangul fillers, which are invisible. The two joiners stay: emoji and Persian need them.
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** The text in one line. Characters that would act on the screen are written out (`\u202e`). */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === "\n" || character === "\t" || character === "\r") return " ";
    return writeOut(character);
  });
}

/** {@link escapeText}, but line breaks and tabs stay. */
export function escapeLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(UNSAFE, (character) =>
      character === "\n" || character === "\t" ? character : writeOut(character),
    );
}

function writeOut(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}

/** Text from a file, a model or a person: shown literally, isolated from the text around it. */
export function Text({ of }: { of: string }): VNode {
  return <bdi>{escapeText(of)}</bdi>;
}

/** A path with its file name first, which stays visible in a narrow place. */
export function PathText({ of }: { of: string }): VNode {
  const text = escapeText(of);
  const cut = Math.max(text.lastIndexOf("/"), text.lastIndexOf("\\")) + 1;
  return (
    <span class="path" title={text}>
      <bdi class="path-name">{text.slice(cut)}</bdi>
      <span class="path-directory" dir="ltr">
        {text.slice(0, cut)}
      </span>
    </span>
  );
}
