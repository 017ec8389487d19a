import type { z } from "zod";
import {
  fileDetail,
  type filesQuery,
  type listQuery,
  type runsQuery,
  triggerAnswer,
} from "../protocol/api.ts";
import { type directoriesQuery, directoryView } from "../protocol/directory-view.ts";
import { fileSchema } from "../protocol/file.ts";
import { forgetAnswer } from "../protocol/forget.ts";
import { runSchema } from "../protocol/run.ts";
import { runChange } from "../protocol/run-changes.ts";
import { type sentQuery, sentRequest } from "../protocol/sent.ts";
import { undoAnswer, type undoRequest } from "../protocol/undo.ts";
import { usagePage, type usageQuery } from "../protocol/usage.ts";
import { type Asking, type Query, toPath, toSearch } from "./asking.ts";

/** Runs and files, what they cost, and undoing them. */
export function recordRoutes({ send, list }: Asking) {
  return {
    runs: (query: Query<typeof runsQuery> = {}) => list(runSchema, "/api/runs", query),
    run: (runId: string) => send(runSchema, "GET", toPath("/api/runs/", runId)),
    /** What a run changed, or a dry run would change; the latest first. */
    runChanges: (runId: string, query: Query<typeof listQuery> = {}) =>
      list(runChange, toPath("/api/runs/", runId, "/changes"), query),
    cancelRun: (runId: string) => send(runSchema, "POST", toPath("/api/runs/", runId, "/cancel")),
    undoRun: (runId: string) => send(undoAnswer, "POST", toPath("/api/runs/", runId, "/undo")),
    undo: (request: z.input<typeof undoRequest>) => send(undoAnswer, "POST", "/api/undo", request),
    files: (query: Query<typeof filesQuery> = {}) => list(fileSchema, "/api/files", query),
    /** Directories that hold files. */
    directories: (query: Query<typeof directoriesQuery> = {}) =>
      list(directoryView, "/api/directories", query),
    file: (fileId: string) => send(fileDetail, "GET", toPath("/api/files/", fileId)),
    retryFile: (fileId: string) =>
      send(triggerAnswer, "POST", toPath("/api/files/", fileId, "/retry")),
    /** Purges a file's text, conversations and quotes for good. */
    forgetFile: (fileId: string) =>
      send(forgetAnswer, "POST", toPath("/api/files/", fileId, "/forget")),
    /** Model requests with their tokens and cost, summed. */
    usage: (query: Query<typeof usageQuery> = {}) =>
      send(usagePage, "GET", `/api/usage${toSearch(query)}`),
    /** The requests that left the daemon, newest first. */
    sent: (query: Query<typeof sentQuery> = {}) => list(sentRequest, "/api/sent", query),
  };
}
