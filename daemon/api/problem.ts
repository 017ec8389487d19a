import { STATUS_CODES, type ServerResponse } from "node:http";
import { errorCodes, type FastifyReply, type FastifyRequest } from "fastify";
import { RunnerError, toRunnerError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Problem } from "../protocol/problem.ts";
import { CALL } from "../core/call.ts";

const MEDIA_TYPE = "application/problem+json";

/**
 * An error as problem details (RFC 9457). The type is `about:blank`, so the title is the status's own
 * phrase; decide by `code`. The details of a bug stay in the log.
 */
export function toProblem(error: RunnerError): Problem {
  const isBug = error.kind === "bug";
  return {
    ...(isBug ? {} : error.data),
    type: "about:blank",
    title: STATUS_CODES[error.status] ?? "Unknown",
    status: error.status,
    code: error.code,
    detail: isBug ? "Something went wrong inside Agent Runner." : error.message,
    hint: isBug ? `Read the details with \`${CALL} logs\`.` : error.hint,
  };
}

/** Answers a request before fastify has seen it. */
export function sendProblem(response: ServerResponse, error: RunnerError): void {
  response.writeHead(error.status, problemHeaders(error)).end(JSON.stringify(toProblem(error)));
}

/** Turns what a route throws, or what fastify finds wrong, into an answer: the one place that does. */
export function createErrorHandler(logger: Logger) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = fromFastify(thrown) ?? toRunnerError(thrown);
    if (error.kind === "bug") {
      const { method } = request;
      logger.error({ err: thrown, method, path: pathOf(request) }, "A request failed");
    }
    void reply.code(error.status).headers(problemHeaders(error)).send(toProblem(error));
  };
}

/** Refuses a path or method that no route has. */
export function refuseUnknown(request: FastifyRequest): never {
  throw new RunnerError("not_found", `There is no ${request.method} ${pathOf(request)}.`, {
    hint: "Write path and method as documented: exact capitals, no slash at the end.",
  });
}

function problemHeaders(error: RunnerError): Record<string, string> {
  const headers = { "content-type": MEDIA_TYPE };
  // RFC 9110, 15.5.2: a 401 names the scheme.
  return error.code === "unauthorized" ? { ...headers, "www-authenticate": "Bearer" } : headers;
}

// Without the query, which may hold a token.
function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

/** What fastify found wrong with a request, in our words; undefined for any other error. */
function fromFastify(thrown: unknown): RunnerError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof errorCodes.FST_ERR_CTP_BODY_TOO_LARGE) {
    return new RunnerError("body_too_large", "The body is larger than 1 MiB.");
  }
  if (thrown instanceof errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE) {
    return new RunnerError("media_type_unsupported", "The body must be JSON.", {
      hint: "Send the header Content-Type: application/json.",
    });
  }
  if (thrown instanceof errorCodes.FST_ERR_CTP_INVALID_JSON_BODY) {
    return new RunnerError("invalid_request", "The body is not JSON.", { cause: thrown });
  }
  const status = "statusCode" in thrown ? Number(thrown.statusCode) : 500;
  return status >= 400 && status < 500
    ? new RunnerError("invalid_request", thrown.message, { cause: thrown })
    : undefined;
}
