import { type Command, InvalidArgumentError } from "commander";
import { sayMoney } from "../../core/money.ts";
import { connect } from "../../client/discover.ts";
import { type UsageBy, type UsagePage, usageBy } from "../../protocol/usage.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { allOption, choiceOption, limitOption, readPages, renderList } from "../list.ts";
import type { Screen } from "../output.ts";
import { formatTable } from "../table.ts";

interface UsageOptions {
  by: UsageBy;
  from?: string;
  to?: string;
  limit: number;
}

export function registerUsage(program: Command, context: Context): void {
  const command = program
    .command("usage")
    .description("Show the model requests and their cost, by local day, agent or model")
    .addOption(choiceOption("--by <what>", "day, agent or model", usageBy.options).default("day"))
    .option("--from <date>", "first day, YYYY-MM-DD", toDate)
    .option("--to <date>", "last day, YYYY-MM-DD", toDate)
    .addOption(limitOption())
    .addOption(allOption())
    .action(async ({ limit, ...query }: UsageOptions) => {
      const client = await connect(context.paths, context.signal);
      let total: UsagePage["total"] | undefined;
      const page = await readPages(limit, async (part) => {
        const answer = await client.usage({ ...query, ...part });
        ({ total } = answer);
        return answer;
      });
      context.output.show({ ...page, total }, (shown, screen) =>
        renderList(shown, screen, "No requests were sent to a model.", (items) =>
          renderUsage(items, total, query.by, screen),
        ),
      );
    });
  explain(command, {
    examples: [
      ["usage", "by local day, newest first"],
      ["usage --by model --from 2026-11-01", "each model since that day"],
    ],
  });
}

function toDate(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  throw new InvalidArgumentError("Expected a date as YYYY-MM-DD.");
}

function renderUsage(
  items: readonly UsagePage["items"][number][],
  total: UsagePage["total"] | undefined,
  by: UsageBy,
  screen: Screen,
): string[] {
  const rows = [...items, ...(total === undefined ? [] : [{ ...total, key: "total" }])];
  return formatTable(
    [
      { title: by, cut: "never" },
      { title: "requests", align: "right" },
      { title: "input tokens", align: "right" },
      { title: "cached", align: "right" },
      { title: "output tokens", align: "right" },
      { title: "cost" },
    ],
    rows.map((item) => [
      item.key,
      String(item.requests),
      String(item.input_tokens),
      String(item.cached_input_tokens),
      String(item.output_tokens),
      sayMoney(item),
    ]),
    screen.width,
  );
}
