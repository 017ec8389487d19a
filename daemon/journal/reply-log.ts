import type { Clock } from "../core/clock.ts";
import { toInstant } from "../core/clock.ts";
import { type ErrorCode, RunnerError } from "../core/errors.ts";
import { answerRequest, failRequest, listReplies, openRequest } from "./attempts.ts";
import type { ClaimedJob } from "./jobs.ts";
import type { Journal } from "./open.ts";
import type { Reservation } from "../protocol/budget.ts";
import { retryUntilWritable } from "./retry-until-writable.ts";

/** What of a reply is booked; the rest of it is kept as it is. */
interface BookedReply {
  usage: { input_tokens: number; cached_input_tokens: number; output_tokens: number } | null;
  cost_usd: number | null;
}

// Nobody was reached, or the request was refused before a model read it: nobody bills that. What broke off,
// took too long or was withheld may be billed.
const FREE: ReadonlySet<ErrorCode> = new Set([
  "endpoint_unreachable",
  "key_refused",
  "model_not_found",
  "quota_exhausted",
  "rate_limited",
  "request_rejected",
  "too_long",
]);

/**
 * The stored replies of a job: those of earlier attempts are found again, and each new one is durable
 * before `answer` returns, so before its tool calls can run.
 */
export function openReplyLog<Reply extends BookedReply>(
  journal: Journal,
  job: ClaimedJob,
  model: { provider: "rules" | "openai"; name: string },
  clock: Clock,
  /** Makes sure that the budgets cover a request; joins the transaction that writes it. Throws where not. */
  claim: (reservation: Reservation) => void,
) {
  const { job_id, attempt_id, run_id, agent_id } = job;
  const stored = listReplies(journal, job_id).map((text) => JSON.parse(text) as Reply);
  const now = (): string => toInstant(clock.now());
  return {
    find: (iteration: number): Reply | undefined => stored[iteration - 1],
    open(iteration: number, reservation: Reservation) {
      const { provider, name } = model;
      const of = { job_id, attempt_id, run_id, agent_id, iteration, provider, model: name };
      const { tokens: reserved_tokens, usd: reserved_usd } = reservation;
      const seq = journal.transaction(() => {
        claim(reservation);
        return openRequest(journal, { ...of, reserved_tokens, reserved_usd }, now());
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
          // It is paid for: dropping it while the disk is full means paying again.
          const isKept = await retryUntilWritable(
            () => answerRequest(journal, seq, answer, now()),
            { clock, signal, onFault: throwUnlessUnwritable },
          );
          if (!isKept) signal.throwIfAborted();
        },
        fail({ code, message, hint }: RunnerError, reply?: Reply): void {
          const error = { code, message, hint };
          const cost_usd = FREE.has(code) ? 0 : (reply?.cost_usd ?? null);
          failRequest(journal, seq, { error, cost_usd, ...reply?.usage }, now());
        },
      };
    },
  };
}

function throwUnlessUnwritable(thrown: unknown): void {
  if (!(thrown instanceof RunnerError && thrown.code === "journal_unwritable")) throw thrown;
}
