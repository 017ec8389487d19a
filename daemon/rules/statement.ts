import type { Block } from "./block.ts";
import { isWrapped } from "./line.ts";
import { readMarker } from "./marker.ts";
import { splitSentences } from "./sentence.ts";

/** A line of a block, joined with the next lines that continue it. */
export interface Statement {
  text: string;
  first: number;
  lines: number;
  /** The index in the text of each of its lines. */
  starts: number[];
}

/** The lines of a block; wrapped lines are joined again. */
export function statementsOf(block: Block): Statement[] {
  const statements: Statement[] = [];
  let previous = "";
  for (const [index, line] of block.lines.entries()) {
    const last = statements.at(-1);
    if (last !== undefined && isWrapped(previous, line) && readMarker(line) === undefined) {
      last.starts.push(last.text.length + 1);
      last.text += ` ${line}`;
      last.lines += 1;
    } else {
      statements.push({ text: line, first: block.first + index, lines: 1, starts: [0] });
    }
    previous = line;
  }
  return statements;
}

/** The sentences of a block, each with its lines. */
export function sentencesOf(block: Block): Omit<Statement, "starts">[] {
  return statementsOf(block).flatMap((statement) =>
    splitSentences(statement.text).map(({ text, index }) => {
      const lineAt = (at: number): number => statement.starts.findLastIndex((start) => start <= at);
      const begin = lineAt(index);
      const lines = lineAt(index + text.length - 1) - begin + 1;
      return { text, first: statement.first + begin, lines };
    }),
  );
}
