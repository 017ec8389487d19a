/**
 * A command that a message tells people to run, with text from elsewhere as its last arguments: paths, ids, names. Every
 * such command is made here. A shell takes each argument for that text and nothing more.
 */
export function shellCommand(command: string, ...foreign: readonly string[]): string {
  // Without `--`, a name like `-rf` is an option.
  const end = foreign.some((text) => text.startsWith("-")) ? ["--"] : [];
  return [command, ...end, ...foreign.map(shellWord)].join(" ");
}

/** What to do about a file that may not be read. */
export function allowReading(file: string): string {
  const allow = "Allow the user that runs Agent Runner to read it";
  if (process.platform === "win32") return `${allow}.`;
  return `${allow}, for example with \`${shellCommand("chmod u+r", file)}\`.`;
}

const PLAIN = /^[\w./:@+-]+$/u;
// What a terminal or the page does not show as it is, and the mark at the end of a command in a message.
const UNSHOWN = /[`\p{C}[\p{Z}--[ ]]\p{DI}]+/v;
const RUNS = new RegExp(`${UNSHOWN.source}|'+|\\\\+|[^'\\\\\`\\p{C}[\\p{Z}--[ ]]\\p{DI}]+`, "gv");

/**
 * A text as one word of a command. Fish knows escapes in single quotes and other shells do not, so there is nothing to
 * escape in them. Only bash, zsh and ksh know `$'…'`; in it there is no quote at which another shell could end it.
 */
export function shellWord(text: string): string {
  if (text === "") return "''";
  if (PLAIN.test(text)) return text;
  return text.replaceAll(RUNS, (run) => {
    if (run.startsWith("'")) return `"${run}"`;
    if (run.startsWith("\\")) return `"${run}${run}"`;
    return UNSHOWN.test(run) ? `$'${toOctal(run)}'` : `'${run}'`;
  });
}

function toOctal(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
