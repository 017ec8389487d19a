import { RunnerError, systemErrorCode } from "../../core/errors.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { Endpoint } from "./endpoint.ts";

const UNREACHABLE = "endpoint_unreachable";

/** By a system's code, or by an error's name where it has none. */
type ConnectionFault = readonly [marks: RegExp, code: ErrorCode, verb: string, hint: string];

const UNKNOWN_FAULT: ConnectionFault = [
  /^/,
  UNREACHABLE,
  "cannot be reached",
  "Check model.base_url, and that the network is up.",
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
    "cannot be reached: its host name is not known",
    "Check the host name in model.base_url, and the network.",
  ],
  [
    /^(ERR_SSL_\w+|EPROTO)$/,
    UNREACHABLE,
    "cannot be reached: no TLS connection comes about",
    "If the server speaks plain HTTP, write http:// in model.base_url.",
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
    "broke off the connection",
    "Nothing to do if it passes: files wait and are tried again. The server's log may say why.",
  ],
  [
    /^(HPE_|HTTPParserError|Z_|UND_ERR_HEADERS_OVERFLOW)/,
    "bad_response",
    "answered with something that cannot be read as HTTP",
    "Check that model.base_url is the address of an OpenAI-compatible server.",
  ],
];

/** The error for a request that got no whole answer; `thrown` is what the transport threw, or wraps it. */
export function connectionFault(thrown: unknown, endpoint: Endpoint): RunnerError {
  const causes = [...causesOf(thrown)];
  const ours = causes.find((cause) => cause instanceof RunnerError);
  if (ours) return ours;
  const marks = causes.map((cause) => systemErrorCode(cause) ?? nameOf(cause));
  const known = CONNECTION_FAULTS.find(([codes]) => marks.some((mark) => codes.test(mark)));
  const [, code, verb, hint] = known ?? UNKNOWN_FAULT;
  const reason = causes.map(systemErrorCode).find(Boolean) ?? messageOf(causes.at(-1));
  return new RunnerError(code, `${endpoint.place} ${verb} (${endpoint.excerpt(reason)})`, {
    hint,
    cause: thrown,
  });
}

function* causesOf(thrown: unknown): Generator<unknown> {
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) {
    yield cause;
    // Both addresses of a host name failed: either says why.
    if (cause instanceof AggregateError) yield cause.errors[0];
  }
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "";
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
