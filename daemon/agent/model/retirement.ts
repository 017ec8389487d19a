import { LASTING_MODEL, type ModelSettings } from "../../protocol/agent.ts";

/** The announced end of a model. */
export interface Retirement {
  /** The first day without it: YYYY-MM-DD. */
  date: string;
  /** What its provider recommends instead. */
  replacement: string;
}

/*
 * What OpenAI announced by 2026-10-28. Its list of models has the dates too, and wins.
 * Source: https://developers.openai.com/api/docs/deprecations, https://dev.to/max_bob/openai-api-deprecations-2026-2027-every-shutdown-date-and-recommended-replacement-gpt-4o-2ffm
 */
const AT_OPENAI: readonly [models: RegExp, Retirement][] = [
  [/^(gpt-5(-mini|-nano|-pro)?|o3(-pro)?)$/, { date: "2026-12-11", replacement: "gpt-5.6-luna" }],
  [/^gpt-4(o|\.1)(-mini)?$/, { date: "2027-01-14", replacement: LASTING_MODEL }],
  [/^gpt-5\.1$/, { date: "2027-04-01", replacement: LASTING_MODEL }],
];
// A dated version ends with its model: gpt-4.1-2025-04-14.
const VERSION = /-\d{4}-\d\d-\d\d$/;

/** Finds the announced end of a model in our table; null: none is known. Azure keeps models longer. */
export function findRetirement({
  base_url,
  name,
}: Pick<ModelSettings, "base_url" | "name">): Retirement | null {
  const host = URL.parse(base_url)?.hostname ?? "";
  if (!/(^|\.)api\.openai\.com$/.test(host)) return null;
  const model = name.replace(VERSION, "");
  return AT_OPENAI.find(([models]) => models.test(model))?.[1] ?? null;
}
