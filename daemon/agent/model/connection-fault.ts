import { RunnerError, systemErrorCode } from "../../core/errors.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { Endpoint } from "./endpoint.ts";

const UNREACHABLE = "endpoint_unreachable";

/** `marks` matches the code of a system error, or the name of an error without one. */
type ConnectionFault = readonly [marks: RegExp, code: ErrorCode, verb: string, hint: string];

const UNKNOWN_FAULT: ConnectionFault = [
  /^/,
  UNREACHABLE,
  "cannot be reached",
  "Check model.base_url and the network connection.",
];

const CONNECTION_FAULTS: readonly ConnectionFault[] = [
  [
    /^ECONNREFUSED$/,
    UNREACHABLE,
    "cannot be reached: nothing listens there",
    "Start the model server, or correct model.base_url.",
  ],
  [
    /^(ENOTFOUND|EAI_\w+)$/,
    UNREACHABLE,
    "cannot be reached: its host name is unknown",
    "Check the host name in model.base_url and the network connection.",
  ],
  [
    /^(ERR_SSL_\w+|EPROTO)$/,
    UNREACHABLE,
    "cannot be reached: the TLS connection failed",
    "Write http:// in model.base_url if the server speaks plain HTTP.",
  ],
  [
    /CERT|SIGNATURE|^ERR_TLS_/,
    UNREACHABLE,
    "cannot be reached: its certificate is not trusted",
    "Name the certificate's issuer in NODE_EXTRA_CA_CERTS, or use http:// on loopback.",
  ],
  [
    /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/,
    "endpoint_fault",
    "closed the connection before the answer ended",
    "Wait: the files are tried again, and the server's log may give the reason.",
  ],
  [
    /^(HPE_|HTTPParserError|Z_|UND_ERR_HEADERS_OVERFLOW)/,
    "bad_response",
    "sent an answer that is not HTTP",
    "Check that model.base_url is the address of an OpenAI-compatible server.",
  ],
];

/** The error for a request without a whole answer; `thrown` is the error of the transport, or wraps it. */
export function connectionFault(thrown: unknown, endpoint: Endpoint): RunnerError {
  const causes = [...causesOf(thrown)];
  const ours = causes.find((cause) => cause instanceof RunnerError);
  if (ours) return ours;
  const marks = causes.map((cause) => systemErrorCode(cause) ?? nameOf(cause));
  const known = CONNECTION_FAULTS.find(([codes]) => marks.some((mark) => codes.test(mark)));
  const [, code, verb, hint] = known ?? UNKNOWN_FAULT;
  const reason = causes.map(systemErrorCode).find(Boolean) ?? messageOf(causes.at(-1));
  return new RunnerError(
    code,
    `The endpoint ${endpoint.place} ${verb} (${endpoint.excerpt(reason)}).`,
    {
      hint,
      cause: thrown,
    },
  );
}

function* causesOf(thrown: unknown): Generator<unknown> {
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) {
    yield cause;
    // Both addresses of a host name failed, for the same reason.
    if (cause instanceof AggregateError) yield cause.errors[0];
  }
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "";
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
