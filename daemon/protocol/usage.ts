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

export const usagePage = z.object({
  ...pageSchema(usageItem).shape,
  total: usageSum.describe("Of all items, those of other pages too."),
});
export type UsagePage = z.infer<typeof usagePage>;
