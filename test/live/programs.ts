import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { waitFor } from "../helper/program.ts";

/* The programs behind a live check: servers of real models, and LiteLLM's proxy. */

/** LiteLLM does not start without one. */
export const PROXY_KEY = "sk-live-test";

const children: ChildProcess[] = [];

export function killPrograms(): void {
  for (const child of children) child.kill("SIGKILL");
}

/** Starts LiteLLM's proxy before an endpoint, and gives its base URL. */
export async function startProxy(
  interpreter: string,
  { name, url }: { name: string; url: string },
  write: (name: string, content: string) => string,
): Promise<string> {
  const config = write(
    "litellm.yaml",
    `model_list:
  - model_name: ${name}
    litellm_params: { model: "openai/${name}", api_base: "${url}", api_key: none }
general_settings: { master_key: ${PROXY_KEY} }
`,
  );
  const port = await findPort();
  const program = path.join(path.dirname(interpreter), "litellm");
  start(program, ["--config", config, "--port", `${port}`, "--host", "127.0.0.1"]);
  await answers(`http://127.0.0.1:${port}/health/liveliness`);
  return `http://127.0.0.1:${port}/v1`;
}

/** Starts a program that `killPrograms` ends. */
export function start(program: string, args: readonly string[]): void {
  // Else the proxy asks the internet for prices.
  const env = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: "True" };
  children.push(spawn(program, args, { env, stdio: ["ignore", "ignore", "inherit"] }));
}

/** Waits until something answers there. */
export async function answers(url: string): Promise<void> {
  await waitFor(`${url} answers`, async () => (await fetch(url).catch(() => null))?.ok, 300_000);
}

/** A port of loopback that nothing listens on. */
export async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
