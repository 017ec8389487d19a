import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { toSafeJson } from "../text.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const FAILED = 1;

export function registerApi(program: Command, context: Context): void {
  const command = program
    .command("api")
    .description("Send a request to the HTTP API")
    .argument("<method>", METHODS.join(", "))
    .argument("<path>", "such as /api/status; /api/openapi.json lists them all")
    .argument("[json]", "the body; - reads it from stdin")
    .option("--if-match <etag>", "the ETag that PUT /api/config needs")
    .action(
      async (method: string, path: string, json?: string, options: { ifMatch?: string } = {}) => {
        const verb = readMethod(method);
        const body = json === undefined ? undefined : await readBody(json);
        const client = await connect(context.paths, context.signal);
        const headers = options.ifMatch === undefined ? {} : { "if-match": options.ifMatch };
        const { status, value } = await client.ask(verb, path, body, headers);
        if (value !== undefined) {
          context.output.show(value, () => toSafeJson(value, 2).split("\n"));
        }
        if (status >= 400) context.exitCode = FAILED;
      },
    );
  explain(command, {
    examples: [
      ["api GET /api/status", "the data behind `status`"],
      ["api POST /api/pause '{\"minutes\": 60}'", "with a body"],
      ["api GET /api/openapi.json", "every route"],
    ],
    exits: [[1, "the daemon answered with an error"]],
  });
}

function readMethod(method: string): string {
  const verb = method.toUpperCase();
  if (METHODS.includes(verb)) return verb;
  throw new RunnerError(
    "invalid_request",
    `Expected one of ${METHODS.join(", ")}, got ${JSON.stringify(method)}.`,
  );
}

async function readBody(json: string): Promise<unknown> {
  const source = json === "-" ? await text(process.stdin) : json;
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw new RunnerError("invalid_request", "The body is not JSON.", {
      hint: "Quote it for the shell: '{\"minutes\": 60}'.",
      cause,
    });
  }
}
