import { expect, test } from "vitest";
import { findPassesOn, type PassesOn } from "../../daemon/agent/model/passes-on.ts";
import { MODELS, startScriptedServer } from "../helper/scripted-server.ts";

const never = new AbortController().signal;
const liteLlm = (...bases: (string | null)[]): object => ({
  data: bases.map((api_base) => ({
    model_name: "scripted",
    litellm_params: { model: "openai/x", api_base },
  })),
});
const listed = (owned_by: string): object => ({
  object: "list",
  data: [{ id: "scripted", owned_by }],
});

const SAYS: [what: string, pages: Record<string, unknown>, PassesOn][] = [
  ["a server that only lists its models", { "/v1/models": MODELS }, "no"],
  ["vLLM", { "/v1/models": listed("vllm") }, "no"],
  ["Ollama with a model of its own", { "/api/show": { details: {} }, "/v1/models": MODELS }, "no"],
  [
    "Ollama with a cloud model under another name",
    { "/api/show": { remote_host: "https://ollama.com:443", remote_model: "gpt-oss:120b" } },
    "yes",
  ],
  ["LiteLLM before a provider", { "/model/info": liteLlm(null) }, "yes"],
  [
    "LiteLLM before a server of this machine",
    { "/model/info": liteLlm("http://127.0.0.1:8000") },
    "no",
  ],
  [
    "LiteLLM with a second deployment elsewhere",
    { "/model/info": liteLlm("http://localhost:8000", "https://api.openai.com/v1") },
    "yes",
  ],
  ["LiteLLM that does not list the model", { "/model/info": { data: [] } }, "unknown"],
  ["a proxy that names a provider as owner", { "/v1/models": listed("openai") }, "unknown"],
];

test.each(SAYS)("%s", async (_what, pages, expected) => {
  await using server = await startScriptedServer([], { pages });
  await expect(findPassesOn(server.settings(), never)).resolves.toBe(expected);
});

test("a name of Ollama's cloud is enough, and a server that is down cannot be asked", async () => {
  const server = await startScriptedServer([]);
  const settings = server.settings();
  await expect(findPassesOn({ ...settings, name: "big:120b-cloud" }, never)).resolves.toBe("yes");
  await server[Symbol.asyncDispose]();
  await expect(findPassesOn(settings, never)).resolves.toBe("unanswered");
});
