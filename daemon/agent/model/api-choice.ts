import type { ModelSettings } from "../../protocol/agent.ts";
import type { Learned } from "./memory.ts";
import { type ApiName, isOfApi, isOfEffort, isOfPath, type Refusal } from "./quirks.ts";

/*
 * Which of its two APIs a model is asked over. Chat completions come first, since nearly every server speaks them; what
 * a refusal says of the other API is remembered.
 */

const OTHER = { chat: "responses", responses: "chat" } as const;

/** The API of the next request. */
export function chooseApi(setting: ModelSettings["api"], { api, quirks }: Learned): ApiName {
  if (setting !== "auto") return setting;
  if (api.use !== null) return api.use;
  // Learned before the Responses API was spoken.
  return quirks.reasoning_effort === "none" ? "responses" : "chat";
}

/** Whether the model is asked without the reasoning that it would do by itself. */
export function isReasoningOff(
  { api, reasoning_effort }: Pick<ModelSettings, "api" | "reasoning_effort">,
  known: Learned,
): boolean {
  const isForced = known.quirks.reasoning_effort === "none" && reasoning_effort !== "none";
  return isForced && chooseApi(api, known) === "chat";
}

/**
 * What a refusal teaches about the APIs of an endpoint; null if it does not lead to the other one.
 *
 * @param seen.before what made the same request turn from the other API to this one; null: it began here
 */
export function learnApi(
  known: Learned,
  { api, refusal, before }: { api: ApiName; refusal: Refusal; before: Refusal | null },
): Learned | null {
  const use = OTHER[api];
  const isAbsent = isOfPath(refusal);
  const absent = isAbsent ? [...new Set([...known.api.absent, api])] : known.api.absent;
  if (before === null) {
    const isSettled = isOfEffort(refusal) && absent.includes(use);
    const isLed = isAbsent || isOfApi(refusal, api);
    return isLed && !isSettled ? { ...known, api: { use, absent } } : null;
  }
  // Chat without reasoning rather than no answer.
  if (!isAbsent || !isOfEffort(before)) return null;
  const quirks = { ...known.quirks, reasoning_effort: "none" as const };
  return { ...known, quirks, api: { use, absent } };
}
