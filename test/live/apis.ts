import { isDeepStrictEqual } from "node:util";
import type { Client } from "../../daemon/client/client.ts";
import { testHome, waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import type { Api } from "../helper/scripted-reply.ts";
import { startScriptedServer, status } from "../helper/scripted-server.ts";
import { PROXY_KEY, startProxy } from "./programs.ts";

const DOCUMENTS = {
  "in/plan.md": "# Plan\n\n- [ ] Call Ada\n- [ ] Ask Bo\n",
  "in/minutes.md": "# Minutes\n\nNothing to do.\n",
};
const ENTITIES = ["Ask Bo", "Call Ada", "Minutes", "Plan"];

const ONLY_RESPONSES = status(404, {
  error: {
    message: "This model is only supported in v1/responses and not in v1/chat/completions.",
    type: "invalid_request_error",
    param: "model",
    code: null,
  },
});

// LiteLLM asks no model for some seconds after a refusal, so the files are tried again.
const LONGEST_MS = 5 * 60_000;

/** Reads documents by LiteLLM's real proxy before a model served over one API alone; 0 where all gave the same. */
export async function compareApis(python: string): Promise<number> {
  const found: boolean[] = [];
  for (const served of ["chat", "responses"] as const) {
    for (const setting of ["auto", served]) {
      const titles = await readBy(python, served, setting);
      process.stdout.write(`${served} alone, api: ${setting}: ${titles.join(", ")}\n`);
      found.push(isDeepStrictEqual(titles, ENTITIES));
    }
  }
  return found.every(Boolean) ? 0 : 1;
}

async function readBy(python: string, served: Api, setting: string): Promise<string[]> {
  await using server = await startScriptedServer(
    (request) => {
      if (request.api === served) return answerDocument(request);
      return served === "responses" ? ONLY_RESPONSES : status(404, { detail: "Not Found" });
    },
    { apis: ["chat", "responses"] },
  );
  await using home = testHome(DOCUMENTS);
  const url = await startProxy(python, { name: "scripted", url: server.url }, home.write);
  home.configure(`
model: { provider: openai, base_url: "${url}", name: scripted, api_key: ${PROXY_KEY}, api: ${setting} }
agents: [{ id: live, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }]
`);
  home.start();
  const client = await home.connect();
  await waitFor("all files are done", () => areDone(client), LONGEST_MS);
  const requests = server.requests.map(({ api }) => api).join(" ");
  process.stdout.write(`asked behind the proxy: ${requests}\n`);
  const [tasks, notes] = [await client.entities("task"), await client.entities("note")];
  return [...tasks.items, ...notes.items].map(({ title }) => title).toSorted();
}

async function areDone(client: Client): Promise<boolean> {
  const { items } = await client.files({ state: "done" });
  return items.length === Object.keys(DOCUMENTS).length;
}
