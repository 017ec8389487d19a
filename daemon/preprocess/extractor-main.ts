/**
 * The process that makes documents of formats that are risky to parse. It has the code and the bytes of one
 * file at a time, but no access to files, the network or secrets. It ends when its parent does.
 */
import { Console } from "node:console";
import { toRunnerError } from "../core/errors.ts";
import { extract } from "./extract.ts";
import { type Answer, readRequests } from "./extractor-message.ts";
import type { FileContent } from "./extractor.ts";

// Libraries write to the console, and stdout is for answers.
globalThis.console = new Console(process.stderr);

// The parent is gone, so stop even in the middle of a document.
process.stdin.once("end", () => process.exit());

readRequests(process.stdin, (file) => {
  void answer(file).then((reply) => process.stdout.write(`${JSON.stringify(reply)}\n`));
});

async function answer(file: FileContent): Promise<Answer> {
  try {
    return await extract(file);
  } catch (thrown) {
    const { code, message, hint } = toRunnerError(thrown);
    return { outcome: "failed", code, message, hint };
  }
}
