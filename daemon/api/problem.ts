import { STATUS_CODES, type ServerResponse } from "node:http";
import { errorCodes, type FastifyReply, type FastifyRequest } from "fastify";
import { RunnerError, toRunnerError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Problem } from "../protocol/api.ts";
import { CALL } from "../core/call.ts";

const MEDIA_TYPE = "application/problem+json";

/**
 * An error as problem details (RFC 9457). The type is `about:blank`, so the title is the status's own
 * phrase and `code` is what to decide by. What a bug says of itself stays in the log.
 */
export function toProblem(error: RunnerError): Problem {
  const isBug = error.kind === "bug";
  return {
    ...(isBug ? {} : error.data),
    type: "about:blank",
    title: STATUS_CODES[error.status] ?? "Unknown",
    status: error.status,
    code: error.code,
    detail: isBug ? "something went wrong inside Agent Runner" : error.message,
    hint: isBug ? `\`${CALL} logs\` has the details.` : error.hint,
  };
}

/** Answers a request before fastify has seen it. */
export function sendProblem(response: ServerResponse, error: RunnerError): void {
  response.writeHead(error.status, problemHeaders(error)).end(JSON.stringify(toProblem(error)));
}

/** The one place where what a route throws, or what fastify finds wrong, becomes an answer. */
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

/** Answers a path or method that no route has. */
export function refuseUnknown(request: FastifyRequest): never {
  throw new RunnerError("not_found", `there is no ${request.method} ${pathOf(request)}`, {
    hint: "Paths and methods are exact: no slash at the end, capitals as documented.",
  });
}

function problemHeaders(error: RunnerError): Record<string, string> {
  const headers = { "content-type": MEDIA_TYPE };
  // RFC 9110, 15.5.2: a 401 names the scheme.
  return error.code === "unauthorized" ? { ...headers, "www-authenticate": "Bearer" } : headers;
}

// Without the query, where somebody may have put a token.
function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

/** What fastify found wrong with a request, in our words; undefined for all else. */
function fromFastify(thrown: unknown): RunnerError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof errorCodes.FST_ERR_CTP_BODY_TOO_LARGE) {
    return new RunnerError("body_too_large", "a body may have 1 MiB at most");
  }
  if (thrown instanceof errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE) {
    return new RunnerError("media_type_unsupported", "a body must be JSON", {
      hint: "Send the header Content-Type: application/json.",
    });
  }
  if (thrown instanceof errorCodes.FST_ERR_CTP_INVALID_JSON_BODY) {
    return new RunnerError("invalid_request", "the body is not JSON", { cause: thrown });
  }
  const status = "statusCode" in thrown ? Number(thrown.statusCode) : 500;
  return status >= 400 && status < 500
    ? new RunnerError("invalid_request", thrown.message, { cause: thrown })
    : undefined;
}
