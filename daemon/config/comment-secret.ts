import { Lexer } from "yaml";
import { agentSchema, budgetSchema, directorySchema, modelSchema } from "../protocol/agent.ts";
import { configSchema } from "./schema.ts";
import { withoutVariables } from "./variable.ts";

/*
 * Where the comments of config.yaml have secrets: keys and headers that were commented out, and keys that someone noted.
 * A word too many is hidden rather than one too few; it comes back where it was.
 */

/** A range in a text; the end is exclusive. */
export type Range = readonly [start: number, end: number];

const SECRET_NAME =
  /(?:\bapi[_-]?key|\bheaders|authorization|\b\w*-key|token|secret|password)["']?[ \t]*:(?=[ \t]|$)/i;
const PLAIN_NAME = /^#+[ \t]*(?:-[ \t]+)?(?:\{[ \t]*)?([a-z_]+)[ \t]*:/;
// What may be around a word.
const WORD = /[^\s"',{}[\]][^\s]*/g;
const AROUND = /(?<!["',{}[\]])["',{}[\]]+$/;
// The beginning of a block, a comment in the comment, an anchor, a tag.
const SIGN = /^(?:[|>][\d+-]*|#|[&!]\w{0,7})$/;
// Shorter words are names such as "Bearer".
const SECRET_CHARS = 8;
// A word of prose is shorter.
const NOTED_CHARS = 16;
// What the parser's lexer gives beside parts of the text: a value follows, a document begins, brackets are missing.
const SCALAR = "\u001F";
const SIGNS = new Set([SCALAR, "\u0002", "\u0018"]);

/** The ranges of the secrets in the comments of a text that is YAML. */
export function commentSecrets(text: string): Range[] {
  const found: Range[] = [];
  /** The column of a name whose secret is in the lines below it. */
  let above: number | undefined;
  for (const [start, end] of commentsOf(text)) {
    const comment = text.slice(start, end);
    const column = /^#+[ \t]*/.exec(comment)?.[0].length ?? 0;
    if (above !== undefined && column <= above) above = undefined;
    const name = SECRET_NAME.exec(comment);
    const from = above === undefined ? name && name.index + name[0].length : 0;
    if (from !== null) {
      const words = wordsOf(comment, from);
      found.push(...words.filter(isSecretWord).map((word) => word.range(start)));
      if (name && words.every(({ text: word }) => SIGN.test(word))) above = column;
    } else if (!isSetting(comment)) {
      found.push(...notedIn(comment).map((word) => word.range(start)));
    }
  }
  return found;
}

interface Word {
  text: string;
  /** Whether it comes right after the name of a secret. */
  isFirst: boolean;
  range(offset: number): Range;
}

function wordsOf(comment: string, from: number): Word[] {
  return [...comment.slice(from).matchAll(WORD)].map(({ 0: found, index }, place) => {
    const bare = found.replace(AROUND, "");
    const text = /\$\{\w+$/.test(bare) ? `${bare}}` : bare;
    const start = from + index;
    const range = (offset: number): Range => [offset + start, offset + start + text.length];
    return { text, isFirst: place === 0 && from > 0, range };
  });
}

function isSecretWord({ text, isFirst }: Word): boolean {
  if (text.endsWith(":") || SIGN.test(text)) return false;
  const rest = withoutVariables(text);
  if (isFirst) return rest !== "" && rest !== "null";
  return rest.length >= SECRET_CHARS;
}

/** Words that look like a key, and long ones right after a colon. */
function notedIn(comment: string): Word[] {
  let isAfterColon = false;
  return wordsOf(comment, 0).filter(({ text }) => {
    const isValue = isAfterColon;
    isAfterColon = text.endsWith(":");
    if (withoutVariables(text).length < NOTED_CHARS || /:\/\/|:$|^[#~./\\]/.test(text))
      return false;
    return isValue || (/\d/.test(text) && /[a-z]/i.test(text));
  });
}

const SETTINGS = new Set(
  [configSchema, agentSchema, modelSchema, budgetSchema, directorySchema]
    .flatMap(({ shape }) => Object.keys(shape))
    .filter((name) => name !== "api_key" && name !== "headers"),
);

/** Whether the comment is a setting that holds no secret. */
function isSetting(comment: string): boolean {
  return SETTINGS.has(PLAIN_NAME.exec(comment)?.[1] ?? "");
}

function commentsOf(text: string): Range[] {
  const found: Range[] = [];
  let at = 0;
  let isText = false;
  for (const token of new Lexer().lex(text)) {
    if (!isText && SIGNS.has(token)) {
      isText = token === SCALAR;
      continue;
    }
    if (!isText && token.startsWith("#")) found.push([at, at + token.length]);
    isText = false;
    at += token.length;
  }
  return found;
}
