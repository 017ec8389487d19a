import { RunnerError, systemErrorCode } from "../../core/errors.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { Endpoint } from "./endpoint.ts";

const UNREACHABLE = "endpoint_unreachable";

/** `marks` matches the code of a system error, or the name of an error without one. */
type ConnectionFault = readonly [marks: RegExp, code: ErrorCode, verb: string, hint: string];

const CHECK_NETWORK = "Check model.base_url and the network connection.";

const NOT_REACHED: ConnectionFault = [
  /^(ENETUNREACH|EHOSTUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|UND_ERR_CLOSED|UND_ERR_DESTROYED)$/,
  UNREACHABLE,
  "cannot be reached",
  CHECK_NETWORK,
];

// Of a fault that is not known it is not known either whether bytes left: it counts as sent, and may have cost something.
const UNKNOWN_FAULT: ConnectionFault = [
  /^/,
  "endpoint_fault",
  "did not answer: the connection failed",
  CHECK_NETWORK,
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
  NOT_REACHED,
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

// What fetch itself refuses to open (https://fetch.spec.whatwg.org/#port-blocking); undici gives it no code.
const BLOCKED_PORT = "bad port";

const BLOCKED: ConnectionFault = [
  /^$/,
  UNREACHABLE,
  "cannot be reached: no request may go to its port",
  "Let the model server listen on another port.",
];

/** The error for a request without a whole answer; `thrown` is the error of the transport, or wraps it. */
export function connectionFault(thrown: unknown, endpoint: Endpoint): RunnerError {
  const causes = [...causesOf(thrown)];
  const ours = causes.find((cause) => cause instanceof RunnerError);
  if (ours) return ours;
  const marks = causes.map((cause) => systemErrorCode(cause) ?? nameOf(cause));
  const known = CONNECTION_FAULTS.find(([codes]) => marks.some((mark) => codes.test(mark)));
  const isBlocked = messageOf(causes.at(-1)) === BLOCKED_PORT;
  const unknown = isBlocked ? BLOCKED : UNKNOWN_FAULT;
  const likely = known ?? (causes.some(wasConnecting) ? NOT_REACHED : unknown);
  const isReached = likely === NOT_REACHED && causes.some(wasConnected);
  const [, code, verb, hint] = isReached ? UNKNOWN_FAULT : likely;
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

/** Whether a system error came before a connection was made, so that no byte of the request left. */
function wasConnecting(thrown: unknown): boolean {
  return /^(connect|getaddrinfo)$/.test(systemCallOf(thrown));
}

/** Whether a system error came on a connection that was made. */
function wasConnected(thrown: unknown): boolean {
  return /^(read|write)$/.test(systemCallOf(thrown));
}

function systemCallOf(thrown: unknown): string {
  const has = thrown instanceof Error && "syscall" in thrown && typeof thrown.syscall === "string";
  return has ? String(thrown.syscall) : "";
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "";
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
