import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startOllama } from "../helper/ollama.ts";
import { openHome } from "./run-in-process.ts";

const CONFIG = "# Mine.\nversion: 1\nmodel: { provider: rules } # for now\n";

test("each is shown with what is known of it", async () => {
  await using ollama = await startOllama();
  await using at = await openHome({ agents: { mail: `model: ${ollama.cloud}` } });
  const { stdout } = await at.run("models");
  expect(stdout).toMatch(/qwen3\.5:4b +http\S+ +yes +- +131072 +3\.4 GB +not loaded +free +-/u);
  expect(stdout).toMatch(/big:cloud .* remote +unknown +mail/u);
  const { items } = JSON.parse((await at.run("models", "--json")).stdout);
  expect(items).toEqual((await at.door.client.models()).items);
});

test("--use writes one into the config and keeps the rest of it", async () => {
  await using ollama = await startOllama();
  await using at = await openHome({ agents: { mail: `model: ${ollama.cloud}` } });
  at.home.write("config.yaml", CONFIG);
  const read = (): string => readFileSync(at.home.file("config.yaml"), "utf8");
  const { code, stdout, stderr } = await at.run("models", "--use", "qwen3.5:4b");
  expect([code, stdout]).toEqual([0, expect.stringContaining("now uses qwen3.5:4b at http")]);
  expect(stderr).toMatch(/^qwen3\.5:4b: runs on this machine; free\.\n/u);
  // The one agent has a model of its own.
  expect(stderr).toContain("No enabled agent uses qwen3.5:4b, so it was not tested.");
  expect(read()).toContain("# Mine.");
  expect(read()).toContain("# for now");
  expect(read()).toContain(`base_url: ${ollama.base_url}, name: qwen3.5:4b`);
  expect((await at.run("models", "--use", "rules")).code).toBe(0);
  expect(read()).toContain("provider: rules");
});

test("--use of a model whose server says that it calls no tools says what follows", async () => {
  await using ollama = await startOllama(["completion"]);
  await using at = await openHome({ agents: { mail: `model: ${ollama.cloud}` } });
  at.home.write("config.yaml", CONFIG);
  const { code, stderr } = await at.run("models", "--use", "qwen3.5:4b");
  expect(code).toBe(0);
  expect(stderr).toContain("cannot call tools, so its files wait unless model.force_model is true");
});

test("--use of an unknown model, of one that several servers have, or without a config changes nothing", async () => {
  await using ollama = await startOllama();
  await using other = await startOllama();
  await using at = await openHome({ agents: { mail: `model: ${ollama.cloud}` } });
  expect(await at.run("models", "--use", "rules")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("does not exist"),
  });
  at.home.write("config.yaml", CONFIG);
  expect(await at.run("models", "--use", "gpt")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Choose one of: qwen3.5:4b, big:cloud."),
  });
  await using both = await openHome({
    agents: { mail: `model: ${ollama.cloud}`, notes: `model: ${other.cloud}` },
  });
  both.home.write("config.yaml", CONFIG);
  expect(await both.run("models", "--use", "qwen3.5:4b")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`--at with one of: ${ollama.base_url}, ${other.base_url}`),
  });
  const read = (): string => readFileSync(both.home.file("config.yaml"), "utf8");
  expect(read()).toBe(CONFIG);
  expect((await both.run("models", "--use", "qwen3.5:4b", "--at", other.base_url)).code).toBe(0);
  expect(read()).toContain(other.base_url);
});
