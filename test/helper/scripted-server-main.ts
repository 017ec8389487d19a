/**
 * The scripted server as a program of its own, for tests that kill and restart the daemon:
 *
 *   npx node test/helper/scripted-server-main.ts --port 0 --latency-ms 50 --log FILE
 *
 * Prints its base URL, answers as `answerDocument` does, and appends one line of JSON to the log for each
 * request, before it answers: `{at, n, model, iteration, key, file, tools}`; the key is the document's
 * first line.
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { toInstant } from "../../daemon/core/clock.ts";
import { answerDocument, readDocument } from "./scripted-answers.ts";
import { startScriptedServer } from "./scripted-server.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "latency-ms": { type: "string", default: "0" },
    log: { type: "string" },
  },
});

const server = await startScriptedServer(
  (request) => {
    const { file, firstLine, iteration } = readDocument(request);
    const line = {
      at: toInstant(request.at),
      n: request.index + 1,
      model: request.body.model,
      iteration,
      key: firstLine,
      file,
      tools: request.body.tools?.map((tool) => tool.function.name) ?? [],
    };
    if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify(line)}\n`);
    return answerDocument(request);
  },
  { port: Number(values.port), latencyMs: Number(values["latency-ms"]) },
);
process.stdout.write(`${server.url}\n`);
