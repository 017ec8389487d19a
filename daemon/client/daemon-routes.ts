import type { z } from "zod";
import {
  healthSchema,
  pauseAnswer,
  type pauseRequest,
  type resumeRequest,
  statusSchema,
  stopAnswer,
  type verifyQuery,
} from "../protocol/api.ts";
import { verifySchema } from "../protocol/verify.ts";
import { sessionCode } from "../protocol/session.ts";
import { backupAnswer, type backupRequest } from "../protocol/backup.ts";
import { type preferencesEdit, preferencesSchema } from "../protocol/preferences.ts";
import { configIssues, configView } from "../protocol/config-view.ts";
import { type draftBody, draftSchema, keptDraft } from "../protocol/draft.ts";
import { type Asking, type Query, toPath, toSearch } from "./asking.ts";

/** The daemon itself and its config. */
export function daemonRoutes({ send, list, request }: Asking) {
  return {
    health: () => send(healthSchema, "GET", "/api/health"),
    status: () => send(statusSchema, "GET", "/api/status"),
    /** Ends the daemon; the answer comes before that. */
    stop: () => send(stopAnswer, "POST", "/api/stop"),
    pause: (request: z.input<typeof pauseRequest> = {}) =>
      send(pauseAnswer, "POST", "/api/pause", request),
    resume: (request: z.input<typeof resumeRequest> = {}) =>
      send(pauseAnswer, "POST", "/api/resume", request),
    /** A code that opens the page once, within a minute. */
    createSessionCode: () => send(sessionCode, "POST", "/api/session-codes"),
    /** Copies the journal, which may take minutes. */
    backUp: (request: z.input<typeof backupRequest> = {}) =>
      send(backupAnswer, "POST", "/api/backup", request, { isSlow: true }),
    /** Checks the journal against the disk, which may take minutes. */
    verify: (query: Query<typeof verifyQuery> = {}) =>
      send(verifySchema, "GET", `/api/verify${toSearch(query)}`, undefined, { isSlow: true }),
    /** What was typed into forms of the page and not saved. */
    drafts: () => list(draftSchema, "/api/drafts", {}),
    keepDraft: (draftId: string, draft: z.input<typeof draftBody>) =>
      send(keptDraft, "PUT", toPath("/api/drafts/", draftId), draft),
    async discardDraft(draftId: string): Promise<void> {
      await request("DELETE", toPath("/api/drafts/", draftId));
    },
    /** How the page opens, as it was left. */
    preferences: () => send(preferencesSchema, "GET", "/api/preferences"),
    changePreferences: (edit: z.input<typeof preferencesEdit>) =>
      send(preferencesSchema, "PATCH", "/api/preferences", edit),
    /** config.yaml as it is, without its keys. */
    config: () => send(configView, "GET", "/api/config"),
    /** What would be wrong with a text of config.yaml; writes nothing. */
    checkConfig: (text: string) => send(configIssues, "POST", "/api/config/check", { text }),
    /** Replaces config.yaml if it still has this etag. */
    replaceConfig: (text: string, etag: string) =>
      send(configView, "PUT", "/api/config", { text }, { headers: { "if-match": etag } }),
  };
}
