import { expect, test } from "vitest";
import { listRetirement } from "../../daemon/control/retirement-problem.ts";
import { type ModelSettings, modelSchema } from "../../daemon/protocol/agent.ts";
import { fakeClock } from "../helper/fake-clock.ts";

function problemOf(at: string, changes: Partial<ModelSettings>, said: string | null = null) {
  const settings = { ...modelSchema.parse({ provider: "openai" }), ...changes };
  const [problem] = listRetirement(settings, said, fakeClock(at));
  return problem && `${problem.code}: ${problem.message} ${problem.hint}`;
}

const AT_OPENAI =
  "model_retires: The model gpt-4.1 at https://api.openai.com/v1 is shut down on 2027-01-14. Choose another model, such as gpt-6-luna, in model.name.";

test.each<[string, string, Partial<ModelSettings>, string | undefined]>([
  ["a day more than 60 days before", "2026-11-14T00:00:00Z", {}, undefined],
  ["60 days before", "2026-11-15T00:00:00Z", {}, AT_OPENAI],
  ["on the day", "2027-01-14T00:00:00Z", {}, AT_OPENAI.replace("is shut", "was shut")],
  [
    "a dated version",
    "2026-12-01T00:00:00Z",
    { name: "gpt-4.1-2025-04-14" },
    AT_OPENAI.replace("gpt-4.1", "gpt-4.1-2025-04-14"),
  ],
  ["a model that lasts", "2027-06-01T00:00:00Z", { name: "gpt-6-luna" }, undefined],
  [
    "another model of the name's beginning",
    "2027-06-01T00:00:00Z",
    { name: "gpt-4.1-x" },
    undefined,
  ],
  ["the rules", "2027-06-01T00:00:00Z", { provider: "rules" }, undefined],
  [
    "another endpoint",
    "2027-06-01T00:00:00Z",
    { base_url: "https://r.openai.azure.com/openai/v1" },
    undefined,
  ],
])("a model that is shut down is a problem from 60 days before: %s", (_, at, model, expected) => {
  expect(problemOf(at, model)).toBe(expected);
});

test("the date in the endpoint's own list wins, and counts for any endpoint", () => {
  const at = "2026-12-01T00:00:00Z";
  expect(problemOf(at, {}, "2027-09-01")).toBeUndefined();
  const proxy = { name: "m", base_url: "https://proxy.example/v1" };
  expect(problemOf(at, proxy, "2027-01-02")).toContain("is shut down on 2027-01-02");
});
