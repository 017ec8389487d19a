import { RunnerError } from "../core/errors.ts";
import { DAMAGED_HINT } from "./extract.ts";
import { type Answer, answerSchema } from "./extractor-message.ts";
import {
  type ExtractorProcess,
  type ProcessLimits,
  type Reply,
  startExtractorProcess,
} from "./extractor-process.ts";
import type { FileContent, Preprocessed } from "./extractor.ts";

export interface IsolateLimits extends ProcessLimits {
  /** Documents after which a new process replaces the old one, since libraries leak memory. */
  documents: number;
  /** How long a process waits for the next document before it ends. */
  idle_ms: number;
}

/** Several times more than the largest real documents of each kind need. */
export const ISOLATE_LIMITS: IsolateLimits = {
  timeout_ms: 30_000,
  memory_bytes: 1_073_741_824,
  // Four bytes for each character of the longest text, and the same again for everything else.
  output_bytes: 33_554_432,
  documents: 100,
  idle_ms: 20_000,
};

/**
 * Makes documents in a separate process and kills it when a document takes too much time or memory, so
 * that a bad document fails alone. The process starts with the first document, makes one document at a
 * time, and ends after some idle time.
 */
export interface Isolate extends AsyncDisposable {
  /**
   * Makes the document of a file.
   *
   * @throws {RunnerError} as `extract`; `extract_timeout`, `extract_limit`, `extractor_crashed`;
   *   `extractor_unavailable`, which is transient
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

  /** The first death may come from earlier documents or from a person's `kill`; the second blames this one. */
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

/** Checks the answer against its schema, since a hostile document may control the process. */
function readAnswer(text: string, name: string): Answer {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `The process that reads documents gave an invalid answer for ${name}.`;
    throw new RunnerError("extractor_crashed", message, { hint: DAMAGED_HINT, cause });
  }
}

function notStarted(cause: Error): RunnerError {
  return new RunnerError(
    "extractor_unavailable",
    `Could not start the process that reads documents: ${cause.message}.`,
    { hint: "Wait for the next try, or close programs to free memory and processes.", cause },
  );
}

function explain(
  reply: Extract<Reply, { end: "timeout" | "output" | "memory" | "died" }>,
  name: string,
  limits: IsolateLimits,
): RunnerError {
  const hint =
    "Open the file in its own program, and save the part that matters as a smaller file.";
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
        `The process that reads documents crashed twice on ${name}.`,
        { hint: DAMAGED_HINT, cause: new Error(reply.how) },
      );
  }
}
