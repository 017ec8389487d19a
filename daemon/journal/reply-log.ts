import type { Clock } from "../core/clock.ts";
import { toInstant } from "../core/clock.ts";
import { type ErrorCode, RunnerError } from "../core/errors.ts";
import {
  answerRequest,
  failRequest,
  listReplies,
  openRequest,
  type SentRequest,
} from "./attempts.ts";
import type { ClaimedJob } from "./jobs.ts";
import type { Journal } from "./open.ts";
import type { Reservation } from "../protocol/budget.ts";
import { retryUntilWritable } from "./retry-until-writable.ts";

/** The part of a reply that is booked. The rest is stored as it is. */
interface BookedReply {
  usage: { input_tokens: number; cached_input_tokens: number; output_tokens: number } | null;
  cost_usd: number | null;
}

// Errors that cost nothing: the endpoint was not reached, or it refused the request before a model read it. A
// reply that broke off, took too long or was withheld may cost something.
const FREE: ReadonlySet<ErrorCode> = new Set([
  "endpoint_unreachable",
  "key_refused",
  "model_not_found",
  "no_tool_calling",
  "quota_exhausted",
  "rate_limited",
  "request_rejected",
  "too_long",
]);

/** Whether a request that ended with this error cost nothing. */
export function isFree(code: ErrorCode): boolean {
  return FREE.has(code);
}

/**
 * The stored replies of a job. It finds the replies of earlier attempts, and stores each new one durably before
 * `answer` returns, so before its tool calls run.
 */
export function openReplyLog<Reply extends BookedReply>(
  journal: Journal,
  job: ClaimedJob,
  model: { provider: "rules" | "openai"; name: string },
  clock: Clock,
  /** Throws unless the budgets cover a request. Joins the transaction that writes the request. */
  claim: (reservation: Reservation) => void,
  /** Called with each reply that came, once it is stored. */
  onReply: () => void = () => {},
  /** What of a request leaves this machine; called with the length of its body, once it is claimed. */
  describe: (bytes: number) => Partial<SentRequest> = () => ({}),
) {
  const { job_id, attempt_id, run_id, agent_id } = job;
  const stored = listReplies(journal, job_id).map((text) => JSON.parse(text) as Reply);
  const now = (): string => toInstant(clock.now());
  return {
    find: (iteration: number): Reply | undefined => stored[iteration - 1],
    open(iteration: number, reservation: Reservation, bytes = 0) {
      const { provider, name } = model;
      const of = { job_id, attempt_id, run_id, agent_id, iteration, provider, model: name };
      const { tokens: reserved_tokens, usd: reserved_usd } = reservation;
      const seq = journal.transaction(() => {
        claim(reservation);
        const sent = describe(bytes);
        return openRequest(journal, { ...of, reserved_tokens, reserved_usd, ...sent }, now());
      });
      return {
        async answer(reply: Reply, signal: AbortSignal): Promise<void> {
          const {
            input_tokens = null,
            cached_input_tokens = null,
            output_tokens = null,
          } = reply.usage ?? {};
          const { cost_usd } = reply;
          const usage = { input_tokens, cached_input_tokens, output_tokens };
          const answer = { reply: JSON.stringify(reply), ...usage, cost_usd };
          // The reply is paid for: dropping it while the disk is full means paying again.
          const isKept = await retryUntilWritable(
            () => answerRequest(journal, seq, answer, now()),
            { clock, signal, onFault: throwUnlessUnwritable },
          );
          if (!isKept) signal.throwIfAborted();
          onReply();
        },
        fail({ code, message, hint }: RunnerError, reply?: Reply): void {
          const error = { code, message, hint };
          const cost_usd = FREE.has(code) ? 0 : (reply?.cost_usd ?? null);
          failRequest(journal, seq, { error, cost_usd, ...reply?.usage }, now());
          if (reply !== undefined) onReply();
        },
      };
    },
  };
}

function throwUnlessUnwritable(thrown: unknown): void {
  if (!(thrown instanceof RunnerError && thrown.code === "journal_unwritable")) throw thrown;
}
