import { z } from "zod";
import { listQuery, pageSchema } from "./api.ts";
import { usageSchema } from "./run.ts";

export const usageBy = z.enum(["day", "agent", "model"]);
export type UsageBy = z.infer<typeof usageBy>;

const day = z.iso.date();

export const usageQuery = listQuery.extend({
  by: usageBy
    .default("day")
    .describe("Group by local day, newest first, or by agent or model, most used first."),
  from: day.exactOptional().describe("The first local day; left out: from the start."),
  to: day.exactOptional().describe("The last local day; left out: until now."),
});

const usageSum = z.object({
  ...usageSchema.shape,
  cost_usd: z
    .number()
    .nonnegative()
    .nullable()
    .describe("US dollars; null: the price of some request is unknown, and so is the sum."),
  priced_usd: z.number().nonnegative().describe("The cost of the requests with a known price."),
  unpriced_requests: z.int().nonnegative().describe("Requests with an unknown price."),
});

export const usageItem = z
  .object({
    key: z.string().describe("The local day (YYYY-MM-DD), the agent's id or the model's name."),
    ...usageSum.shape,
  })
  .meta({ id: "UsageItem", description: "The sum of some model requests." });
export type UsageItem = z.infer<typeof usageItem>;

/** The most days of one request: a year. */
const MOST_DAYS = 366;

export const activityQuery = z.object({
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_DAYS)
    .default(14)
    .describe("The number of local days, up to today."),
});

export const dayActivity = z
  .object({
    day: day.describe("The local day."),
    files: z
      .int()
      .nonnegative()
      .describe(
        "Files read to the end, as often as each was read; files of equal content count once.",
      ),
    ...usageSum.shape,
  })
  .meta({ id: "DayActivity", description: "The work of one day." });

export const activity = z
  .object({ days: z.array(dayActivity).describe("Newest first, including days without work.") })
  .meta({ id: "Activity", description: "The work of the last days." });
export type Activity = z.infer<typeof activity>;

export const usagePage = z.object({
  ...pageSchema(usageItem).shape,
  total: usageSum.describe("The sum of all items, on other pages too."),
});
export type UsagePage = z.infer<typeof usagePage>;
