import { RunnerError } from "../core/errors.ts";
import { type Answer, answerSchema } from "./extractor-message.ts";
import {
  type ExtractorProcess,
  type ProcessLimits,
  type Reply,
  startExtractorProcess,
} from "./extractor-process.ts";
import type { FileContent, Preprocessed } from "./extractor.ts";

export interface IsolateLimits extends ProcessLimits {
  /** A process that has made so many documents gives way to a new one: libraries keep what they should not. */
  documents: number;
  /** How long a process waits for another document. */
  idle_ms: number;
}

/** Several times what the largest document of each kind takes that people have. */
export const ISOLATE_LIMITS: IsolateLimits = {
  timeout_ms: 30_000,
  memory_bytes: 1_073_741_824,
  // Four bytes for each character of the longest text, and as much again for all else.
  output_bytes: 33_554_432,
  documents: 100,
  idle_ms: 20_000,
};

const DAMAGED = "Open the file in its own program and save it again; it may be damaged.";

/**
 * Makes documents in a process of its own, which is killed when a document takes too long or too much, so
 * that the worst a document can do is to fail alone. The process starts with the first document, serves the
 * next ones too, one at a time, and ends when none has come for a while.
 */
export interface Isolate extends AsyncDisposable {
  /**
   * The document of what is in these bytes.
   *
   * @throws {RunnerError} as `extract`, and `extract_timeout`, `extract_limit`, `extractor_crashed`; or
   * `extractor_unavailable`, which time may heal
   * @throws the signal's reason when it aborts
   */
  extract(file: FileContent, signal?: AbortSignal): Promise<Preprocessed>;
}

export function openIsolate(limits: IsolateLimits = ISOLATE_LIMITS): Isolate {
  const closing = new AbortController();
  let current: ExtractorProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function extractNext(file: FileContent, signal: AbortSignal): Promise<Preprocessed> {
    signal.throwIfAborted();
    clearTimeout(idle);
    try {
      return await tryTwice(file, signal);
    } finally {
      if (current !== undefined && current.served >= limits.documents) await current.kill();
      idle = setTimeout(() => void current?.kill(), limits.idle_ms);
    }
  }

  /** A process may die of the documents before, or of somebody's `kill`; twice is this document's doing. */
  async function tryTwice(file: FileContent, signal: AbortSignal): Promise<Preprocessed> {
    const first = await ask(file, signal);
    const reply = first.end === "died" || first.end === "memory" ? await ask(file, signal) : first;
    switch (reply.end) {
      case "answered":
        return toPreprocessed(reply.answer, file.name);
      case "aborted":
        throw signal.reason;
      case "not_started":
        throw notStarted(reply.cause);
      case "timeout":
      case "output":
      case "memory":
      case "died":
        throw explain(reply, file.name, limits);
    }
  }

  function ask(file: FileContent, signal: AbortSignal): ReturnType<ExtractorProcess["ask"]> {
    if (!current?.alive) current = startExtractorProcess(limits);
    return current.ask(file, signal);
  }

  return {
    extract(file, signal) {
      const either = AbortSignal.any([closing.signal, ...(signal ? [signal] : [])]);
      const next = last.then(() => extractNext(file, either));
      last = next.catch(() => {});
      return next;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await last;
      clearTimeout(idle);
      await current?.kill();
    },
  };
}

function toPreprocessed(text: string, name: string): Preprocessed {
  const answer = readAnswer(text, name);
  if (answer.outcome !== "failed") return answer;
  const { code, message, hint } = answer;
  throw new RunnerError(code, message, hint === null ? {} : { hint });
}

/** Held against its schema: a document may have got the process to say anything. */
function readAnswer(text: string, name: string): Answer {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `The process that reads documents made nothing sound of ${name}.`;
    throw new RunnerError("extractor_crashed", message, { hint: DAMAGED, cause });
  }
}

function notStarted(cause: Error): RunnerError {
  return new RunnerError(
    "extractor_unavailable",
    `could not start the process that reads documents: ${cause.message}`,
    { hint: "It is tried again; the system may be short of memory or processes.", cause },
  );
}

function explain(
  reply: Extract<Reply, { end: "timeout" | "output" | "memory" | "died" }>,
  name: string,
  limits: IsolateLimits,
): RunnerError {
  const hint = "Open the file in its own program, and save what matters of it as a smaller file.";
  switch (reply.end) {
    case "timeout":
      return new RunnerError(
        "extract_timeout",
        `${name} took more than ${limits.timeout_ms / 1000} s to read.`,
        { hint },
      );
    case "memory":
    case "output": {
      const [what, bytes] =
        reply.end === "memory" ? ["memory", limits.memory_bytes] : ["text", limits.output_bytes];
      const megabytes = Math.round(bytes / 1_000_000);
      return new RunnerError(
        "extract_limit",
        `${name} took more than ${megabytes} MB of ${what} to read.`,
        { hint },
      );
    }
    case "died":
      return new RunnerError(
        "extractor_crashed",
        `The process that reads documents died twice of ${name}.`,
        {
          hint: DAMAGED,
          cause: new Error(reply.how),
        },
      );
  }
}
