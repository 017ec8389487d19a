import type { Command } from "commander";
import { replaceFile } from "../../config/config-file.ts";
import { type ModelChoice, withModel } from "../../config/edit.ts";
import { readText } from "../../config/load.ts";
import { RULES } from "../../protocol/agent.ts";
import type { OfferedModel } from "../../protocol/api.ts";
import type { Context } from "../context.ts";
import { formatModel, formatPrice } from "../format.ts";
import { explain } from "../help.ts";
import { openDaemon } from "../daemon-session.ts";
import { describeModel, findOffered } from "../model-choice.ts";
import type { Screen } from "../output.ts";
import { formatTable } from "../table.ts";

export function registerModels(program: Command, context: Context): void {
  const command = program
    .command("models")
    .summary("List the models that could be asked, or choose one")
    .description("List the models found on this machine and named in the config, or choose one")
    .option("--use <name>", "write it into the config as the model of all agents without their own")
    .option("--at <base-url>", "which of the endpoints that have it")
    .action(async ({ use, at }: { use?: string; at?: string }) => {
      if (use === RULES) return chooseModel(context, RULES);
      await using session = await openDaemon(context);
      const { items } = await session.client.models();
      if (use === undefined) context.output.show({ items }, renderModels);
      else {
        const offered = findOffered(items, use, at);
        context.output.note(`${offered.name}: ${describeModel(offered)}.`);
        chooseModel(context, { base_url: offered.base_url, name: offered.name });
      }
    });
  explain(command, {
    more: `Model servers are looked for on this machine alone. A remote endpoint is asked only where the
config names it. A price is that of a million tokens, in/out; what a model server of this machine runs has none.`,
    examples: [
      ["models", "what there is: whether it calls tools, its window, its size"],
      ["models --use qwen3.5:4b", "write it into the config, which keeps its comments"],
      ["models --use rules", "go back to the built-in rules"],
    ],
  });
}

function chooseModel({ paths, output }: Context, choice: ModelChoice): void {
  replaceFile(paths.config, withModel(readText(paths.config), choice));
  const model =
    choice === RULES
      ? { provider: RULES, name: RULES, base_url: null }
      : { provider: "openai", name: choice.name, base_url: choice.base_url };
  output.show({ config: paths.config, model }, () => [
    `${paths.config} names ${formatModel(model)}${model.base_url === null ? "" : ` at ${model.base_url}`} now.`,
    "A running daemon takes it up by itself. Files that are done stay done.",
  ]);
}

function renderModels({ items }: { items: OfferedModel[] }, screen: Screen): string[] {
  if (items.length === 0) {
    return [
      "No model server answers on this machine, and the config names none.",
      "Ollama, LM Studio, llama.cpp and Docker Model Runner are looked for.",
    ];
  }
  return formatTable(
    [
      { title: "model", cut: "never" },
      { title: "at", cut: "end" },
      { title: "tools" },
      { title: "window", align: "right" },
      { title: "at most", align: "right" },
      { title: "size", align: "right" },
      { title: "state" },
      { title: "price" },
      { title: "agents" },
    ],
    items.map((model) => [
      model.name,
      model.base_url,
      answer(model.calls_tools),
      String(model.context_tokens ?? "-"),
      String(model.max_context_tokens ?? "-"),
      model.size_bytes === null ? "-" : `${(model.size_bytes / 1e9).toFixed(1)} GB`,
      model.is_cloud ? "in the cloud" : loadedState(model.is_loaded),
      formatPrice(model),
      model.agent_ids.join(", ") || "-",
    ]),
    screen.width,
  );
}

function answer(value: boolean | null): string {
  if (value === null) return "-";
  return value ? "yes" : "no";
}

function loadedState(isLoaded: boolean | null): string {
  if (isLoaded === null) return "-";
  return isLoaded ? "loaded" : "not loaded";
}
