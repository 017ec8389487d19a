/**
 * The process that makes documents of what is risky to parse. It has the bytes and the code, and nothing
 * else: no file, no network, no secret. It ends with whoever started it.
 */
import { Console } from "node:console";
import { toRunnerError } from "../core/errors.ts";
import { extract } from "./extract.ts";
import { type Answer, readRequests } from "./extractor-message.ts";
import type { FileContent } from "./extractor.ts";

// Libraries talk to the console; stdout is for answers.
globalThis.console = new Console(process.stderr);

// Nobody is left to answer to, even while a document is being read.
process.stdin.once("end", () => process.exit());

readRequests(process.stdin, (request) => {
  void answer(request).then((said) => process.stdout.write(`${JSON.stringify(said)}\n`));
});

async function answer(file: FileContent): Promise<Answer> {
  try {
    return await extract(file);
  } catch (thrown) {
    const { code, message, hint } = toRunnerError(thrown);
    return { outcome: "failed", code, message, hint };
  }
}
