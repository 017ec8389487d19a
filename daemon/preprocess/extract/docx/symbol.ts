// Check boxes and bullets of the fonts Wingdings and Wingdings 2, which Word keeps at F000 and above.
const SYMBOLS: Readonly<Record<string, string>> = {
  F0A8: "☐",
  F06F: "☐",
  F071: "☐",
  F0FE: "☑",
  F052: "☑",
  F0FD: "☒",
  F053: "☒",
  F0FC: "✓",
  F0FB: "✗",
  F0E0: "→",
  F0B7: "•",
};

/** The character that looks like a symbol; empty for an unknown symbol. */
export function symbolOf(code: string): string {
  return SYMBOLS[code.toUpperCase()] ?? "";
}
