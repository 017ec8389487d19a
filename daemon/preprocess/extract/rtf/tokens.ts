/** A piece of an RTF file (Rich Text Format 1.9.1). */
export type Token =
  | { kind: "open" | "close" }
  /** A control word or symbol. */
  | { kind: "word"; name: string; value: number | undefined }
  /** A byte of text in the code page of its font. */
  | { kind: "byte"; byte: number }
  /** Characters that are ASCII. */
  | { kind: "text"; text: string };

const WORD = /\\(?:([a-zA-Z]{1,32})(-?\d{1,10})? ?|'([0-9a-fA-F]{2})|([^]))/uy;
const TEXT = /[^\\{}\r\n]+/uy;

/** The pieces of a file in their order. @param source each character one byte */
export function* readTokens(source: string): Generator<Token> {
  for (let at = 0; at < source.length;) {
    const character = source[at];
    if (character === "{" || character === "}") {
      yield { kind: character === "{" ? "open" : "close" };
      at += 1;
    } else if (character === "\\") {
      WORD.lastIndex = at;
      const [whole = "\\", name, value, byte, symbol] = WORD.exec(source) ?? [];
      at += whole.length;
      if (byte !== undefined) yield { kind: "byte", byte: Number.parseInt(byte, 16) };
      else if (name !== undefined) {
        const number = value === undefined ? undefined : Number(value);
        // What follows are bytes of a picture or object.
        if (name === "bin") at += Math.max(0, number ?? 0);
        else yield { kind: "word", name, value: number };
      } else if (symbol !== undefined) yield { kind: "word", name: symbol, value: undefined };
    } else if (character === "\r" || character === "\n") {
      at += 1;
    } else {
      TEXT.lastIndex = at;
      const [text = ""] = TEXT.exec(source) ?? [];
      at += text.length;
      yield* splitText(text);
    }
  }
}

/** Bytes above ASCII should be escaped; some programs write them as they are. */
function* splitText(text: string): Generator<Token> {
  for (const [piece] of text.matchAll(/[^\u0080-\u00ff]+|[\u0080-\u00ff]/gu)) {
    const code = piece.codePointAt(0) ?? 0;
    if (code < 0x80) yield { kind: "text", text: piece };
    else yield { kind: "byte", byte: code };
  }
}
