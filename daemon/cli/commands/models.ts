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
import { testChosen } from "../test-chosen.ts";
import type { Screen } from "../output.ts";
import { formatTable } from "../table.ts";

export function registerModels(program: Command, context: Context): void {
  const command = program
    .command("models")
    .summary("List the models you can use, or choose one")
    .description("List the models on this machine and in the config, or choose one")
    .option("--use <name>", "make it the model of all agents without their own")
    .option("--at <base-url>", "which endpoint, if several have it")
    .action(async ({ use, at }: { use?: string; at?: string }) => {
      if (use === RULES) return chooseModel(context, RULES);
      const { items } = await listModels(context);
      if (use === undefined) context.output.show({ items }, renderModels);
      else {
        const { base_url, name, ...offered } = findOffered(items, use, at);
        context.output.note(`${name}: ${describeModel({ base_url, name, ...offered })}.`);
        chooseModel(context, { base_url, name });
        await testChosen(context, { base_url, name });
      }
    });
  explain(command, {
    more: `--use asks the chosen model once, within the budget, whether it works and calls tools. Model servers are found only on this machine; a remote endpoint is asked only if the config names it. Models
without tools cannot be used. Prices are for a million tokens, in/out; models on this machine are free.`,
    examples: [
      ["models", "each model, with its tools, context window, size and price"],
      ["models --use qwen3.5:4b", "write it into the config, and keep the comments"],
      ["models --use rules", "go back to the built-in rules"],
    ],
  });
}

async function listModels(context: Context): Promise<{ items: OfferedModel[] }> {
  await using session = await openDaemon(context);
  return await session.client.models();
}

function chooseModel({ paths, output }: Context, choice: ModelChoice): void {
  replaceFile(paths.config, withModel(readText(paths.config), choice));
  const model =
    choice === RULES
      ? { provider: RULES, name: RULES, base_url: null }
      : { provider: "openai", name: choice.name, base_url: choice.base_url };
  output.show({ config: paths.config, model }, () => [
    `${paths.config} now uses ${formatModel(model)}${model.base_url === null ? "" : ` at ${model.base_url}`}.`,
    "A running daemon applies it at once. Files that are done stay done.",
  ]);
}

function renderModels({ items }: { items: OfferedModel[] }, screen: Screen): string[] {
  if (items.length === 0) {
    return [
      "No model server answers on this machine, and the config names none.",
      "It looks for Ollama, LM Studio, llama.cpp and Docker Model Runner.",
    ];
  }
  return formatTable(
    [
      { title: "model", cut: "never" },
      { title: "endpoint", cut: "end" },
      { title: "tools" },
      { title: "context", align: "right" },
      { title: "max context", align: "right" },
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
      model.is_cloud ? "remote" : loadedState(model.is_loaded),
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
