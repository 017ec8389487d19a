import { z } from "zod";
import { listQuery, pageSchema } from "./api.ts";
import { usageSchema } from "./run.ts";

export const usageBy = z.enum(["day", "agent", "model"]);
export type UsageBy = z.infer<typeof usageBy>;

const day = z.iso.date();

export const usageQuery = listQuery.extend({
  by: usageBy
    .default("day")
    .describe("What requests are put together by: local days, newest first; or most used first."),
  from: day.exactOptional().describe("The first local day that counts; left out: from the start."),
  to: day.exactOptional().describe("The last local day that counts; left out: to now."),
});

const usageSum = z.object({
  ...usageSchema.shape,
  cost_usd: z
    .number()
    .nonnegative()
    .nullable()
    .describe("null: the price of some request is not known, so that the sum is not either."),
  priced_usd: z.number().nonnegative().describe("What the requests of known price cost."),
  unpriced_requests: z.int().nonnegative().describe("Requests whose price is not known."),
});

export const usageItem = z
  .object({
    key: z.string().describe("The local day (YYYY-MM-DD), the agent's id or the model's name."),
    ...usageSum.shape,
  })
  .meta({ id: "UsageItem", description: "What some model requests came to." });
export type UsageItem = z.infer<typeof usageItem>;

/** Days that are asked for at once at most: a year. */
const MOST_DAYS = 366;

export const activityQuery = z.object({
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_DAYS)
    .default(14)
    .describe("How many local days, the last of them today."),
});

export const dayActivity = z
  .object({
    day: day.describe("The local day."),
    files: z
      .int()
      .nonnegative()
      .describe(
        "Files read to the end, each as often as it was; those of equal content count as one.",
      ),
    ...usageSum.shape,
  })
  .meta({ id: "DayActivity", description: "What was done on one day." });

export const activity = z
  .object({ days: z.array(dayActivity).describe("Newest first, those without any work too.") })
  .meta({ id: "Activity", description: "What was done on the last days." });
export type Activity = z.infer<typeof activity>;

export const usagePage = z.object({
  ...pageSchema(usageItem).shape,
  total: usageSum.describe("Of all items, those of other pages too."),
});
export type UsagePage = z.infer<typeof usagePage>;
