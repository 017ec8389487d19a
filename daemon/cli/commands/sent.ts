import path from "node:path";
import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import { all } from "../../client/pages.ts";
import { toLocalDay } from "../../core/clock.ts";
import type { SentRequest } from "../../protocol/sent.ts";
import type { Context } from "../context.ts";
import { formatInstant } from "../format.ts";
import { explain } from "../help.ts";
import { allOption, choiceOption, limitOption, readPages, renderList } from "../list.ts";
import type { Screen } from "../output.ts";
import { formatTable } from "../table.ts";

type By = "host" | "directory" | "day";

const NOT_KEPT = "not kept by an older version";

export function registerSent(program: Command, context: Context): void {
  const command = program
    .command("sent")
    .description("List what was sent to models: where, when and about what")
    .addOption(
      choiceOption("--by <what>", "sum up by host, directory or day", ["host", "directory", "day"]),
    )
    .option("--agent <id>", "only this agent's requests")
    .addOption(limitOption())
    .addOption(allOption())
    .action(async ({ by, agent, limit }: { by?: By; agent?: string; limit: number }) => {
      const client = await connect(context.paths, context.signal);
      const query = { ...(agent !== undefined && { agent_id: agent }) };
      const none = "No requests were sent to a model.";
      if (by === undefined) {
        const sent = await readPages(limit, (page) => client.sent({ ...query, ...page }));
        context.output.show(sent, (shown, screen) =>
          renderList(shown, screen, none, (items) => renderSent(items, screen)),
        );
        return;
      }
      const items = await sumUp(all(client.sent, { ...query, limit: 500 }), by);
      context.output.show({ items, next_cursor: null }, (shown, screen) =>
        renderList(shown, screen, none, (sums) => renderSums(sums, by, screen)),
      );
    });
  explain(command, {
    examples: [
      ["sent", "the newest 50"],
      ["sent --by host", "how much went where"],
      ["sent --by directory --agent inbox", "from which directories, of one agent"],
    ],
  });
}

interface Sum {
  key: string;
  requests: number;
  /** Of the requests whose length was kept. */
  bytes: number;
  input_tokens: number;
  output_tokens: number;
}

async function sumUp(sent: AsyncIterable<SentRequest>, by: By): Promise<Sum[]> {
  const sums = new Map<string, Sum>();
  for await (const request of sent) {
    const key = keyOf(request, by);
    const sum = sums.get(key) ?? { key, requests: 0, bytes: 0, input_tokens: 0, output_tokens: 0 };
    sums.set(key, {
      key,
      requests: sum.requests + 1,
      bytes: sum.bytes + (request.bytes ?? 0),
      input_tokens: sum.input_tokens + (request.input_tokens ?? 0),
      output_tokens: sum.output_tokens + (request.output_tokens ?? 0),
    });
  }
  return [...sums.values()];
}

function keyOf({ host, path: file, sent_at }: SentRequest, by: By): string {
  switch (by) {
    case "host":
      return host ?? NOT_KEPT;
    case "directory":
      return file === null ? "not kept, or forgotten" : path.dirname(file);
    case "day":
      return toLocalDay(Date.parse(sent_at));
  }
}

function renderSent(items: readonly SentRequest[], screen: Screen): string[] {
  return formatTable(
    [
      { title: "sent", cut: "never" },
      { title: "host" },
      { title: "file" },
      { title: "model", spare: true },
      { title: "bytes", align: "right" },
      { title: "tokens", align: "right", spare: true },
      { title: "outcome" },
    ],
    items.map((item) => [
      formatInstant(item.sent_at),
      item.host ?? NOT_KEPT,
      item.path ?? "",
      item.model,
      item.bytes === null ? "" : String(item.bytes),
      item.input_tokens === null ? "" : String(item.input_tokens),
      item.outcome,
    ]),
    screen.width,
  );
}

function renderSums(items: readonly Sum[], by: By, screen: Screen): string[] {
  return formatTable(
    [
      { title: by, cut: "never" },
      { title: "requests", align: "right" },
      { title: "bytes", align: "right" },
      { title: "input tokens", align: "right" },
      { title: "output tokens", align: "right" },
    ],
    items.map((item) => [
      item.key,
      String(item.requests),
      String(item.bytes),
      String(item.input_tokens),
      String(item.output_tokens),
    ]),
    screen.width,
  );
}
