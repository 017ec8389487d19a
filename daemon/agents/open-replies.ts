import type { ReplyLog } from "../agent/loop.ts";
import type { Model, ModelReply } from "../agent/model/model.ts";
import type { Clock } from "../core/clock.ts";
import { hostOf } from "../core/endpoint.ts";
import type { SentRequest } from "../journal/attempts.ts";
import { type FileRow, findFileRow, listFilesOfJob } from "../journal/files.ts";
import type { ClaimedJob } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { openReplyLog } from "../journal/reply-log.ts";
import type { Allowance, Reservation } from "../protocol/budget.ts";
import { claimAllowance } from "../queue/allowance.ts";
import type { EndpointAccount, EndpointHolds } from "../queue/endpoint-holds.ts";
import type { Reading } from "./admission.ts";

/** Who is asked about what. */
export interface Asking {
  model: Model;
  /** The file that is read. */
  file: FileRow;
  /** The ids of the entities that the conversation names before any answer of a tool. */
  framed: readonly string[];
  /** The ids of those that answers of tools showed so far. */
  shown: ReadonlySet<string>;
  reading: Reading;
  /** The conversation has lines that the file has no longer. */
  shows_removed: boolean;
}

export interface ReplyRooms {
  journal: Journal;
  clock: Clock;
  allowances: readonly Allowance[];
  account: EndpointAccount | undefined;
  endpoints: EndpointHolds;
}

/**
 * The replies of a job. A request that a budget or its endpoint does not allow now is not opened, nor one that holds
 * what may not be sent any more: its job begins again.
 */
export function openReplies(
  job: ClaimedJob,
  { model, file, framed, shown, reading, shows_removed }: Asking,
  { journal, clock, allowances, account, endpoints }: ReplyRooms,
): ReplyLog {
  const isFree = reading.instead !== null;
  const claim = (asked: Reservation): void => {
    const told = [...framed, ...shown];
    const files = listFilesOfJob(journal, job);
    const isRestricted = shows_removed && reading.veil(files) !== undefined;
    if (isRestricted || !reading.isStillAllowed(files, told)) {
      throw new DOMException("What may be sent has changed.", "AbortError");
    }
    claimAllowance(journal, isFree ? [] : allowances, job, asked, clock);
    if (account !== undefined && !isFree) endpoints.claim(account, job.run_id);
  };
  const onReply = (): void => {
    if (account !== undefined && !isFree) endpoints.free(account);
  };
  const describe = (bytes: number): Partial<SentRequest> => {
    const { destination } = reading;
    if (destination === null) return {};
    const { file_id } = file;
    const now = findFileRow(journal, file_id) ?? file;
    return {
      host: hostOf(model.endpoint) ?? destination.host,
      loopback: destination.is_loopback ? 1 : 0,
      bytes,
      file_id,
      path: now.path,
      shown: shown.size === 0 ? null : JSON.stringify([...shown]),
    };
  };
  return openReplyLog<ModelReply>(journal, job, model, clock, claim, onReply, describe);
}
