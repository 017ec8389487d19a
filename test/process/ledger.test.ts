import { once } from "node:events";
import { createServer, request as ask, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { Client } from "../../daemon/client/client.ts";
import { all } from "../../daemon/client/pages.ts";
import type { SentRequest } from "../../daemon/protocol/sent.ts";
import { testHome, waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import {
  hang,
  type RecordedRequest,
  reply,
  reset,
  startScriptedServer,
  status,
} from "../helper/scripted-server.ts";

/*
 * What the ledger lists is what a proxy in front of the model servers saw. By hand for a longer day:
 * `LEDGER_FILES=500 npx vitest run --project process test/process/ledger.test.ts`.
 */

const FILES = Number(process.env["LEDGER_FILES"] ?? 16);
const KILLS = 2;
const CONCURRENCY = 3;
const CANARY = "canary-5f1c";
const TIMEOUT_MS = 120_000 + FILES * 1_000;

/** A request with a prompt, as the proxy saw it. */
interface Seen {
  host: string;
  bytes: number;
  text: string;
}

interface Proxy extends AsyncDisposable {
  /** What a config has as `base_url`. */
  readonly url: string;
  readonly host: string;
}

/** Passes on what it records; each 19th request is cut off after it was read, without an answer. */
async function startProxy(target: string, seen: Seen[], others: Seen[]): Promise<Proxy> {
  let host = "";
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    const pass = async (): Promise<void> => {
      const bytes = Number(incoming.headers["content-length"] ?? 0);
      const isPrompt = /\/(chat\/completions|responses)$/.test(incoming.url ?? "");
      const of = { host, bytes, text: "" };
      // It left the daemon, whether or not all of it arrives.
      (isPrompt ? seen : others).push(of);
      const body = await buffer(incoming);
      of.text = body.toString();
      if (isPrompt && (count += 1) % 19 === 0) return void incoming.socket.resetAndDestroy();
      const { method, headers, url } = incoming;
      const passed = ask(new URL(url ?? "", target), { ...(method && { method }), headers });
      passed.on("error", () => incoming.socket.destroy());
      outgoing.on("close", () => passed.destroy());
      passed.end(body);
      const [answer] = (await once(passed, "response")) as [IncomingMessage];
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.on("error", () => incoming.socket.destroy());
      answer.pipe(outgoing);
    };
    pass().catch(() => incoming.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/v1`,
    host,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A model that answers most requests, and meets the faults of a day. */
function answerWithFaults(): (request: RecordedRequest) => ReturnType<typeof reply> {
  let count = 0;
  return (request) => {
    count += 1;
    if (JSON.stringify(request.sent).includes('"answer"')) {
      return reply({ calls: [{ name: "answer", arguments: { word: "ready" } }] });
    }
    if (count % 7 === 0) return status(500, { error: { message: "overloaded" } });
    if (count % 11 === 0) {
      return status(429, { error: { message: "Slow down." } }, { "retry-after": "1" });
    }
    if (count % 13 === 0) return reset('{"id":');
    if (count % 17 === 0) return hang();
    return answerDocument(request);
  };
}

const documentsOf = (directory: string): [string, string][] =>
  Array.from({ length: FILES }, (_, index) => [
    `${directory}/${index}.md`,
    `# ${directory} ${index}\n\n- [ ] Task ${index} of ${directory}\n`,
  ]);

async function readLedger(client: Client): Promise<SentRequest[]> {
  const items: SentRequest[] = [];
  for await (const item of all((query) => client.sent({ ...query, limit: 7 }), {}))
    items.push(item);
  return items;
}

/** Names a request by where it went, what it was about and how long it was. */
const keyOf = (of: { host: string | null; bytes: number | null; file: string | null }): string =>
  `${of.host} ${of.file} ${of.bytes}`;

/** The file that a prompt names. */
const fileOf = ({ text }: Seen): string | null =>
  /File: ([^\\\n"]+)/.exec(text)?.[1]?.trim() ?? null;

test(
  "the ledger lists what a proxy saw over a day of mixed work, request by request",
  { timeout: TIMEOUT_MS },
  async () => {
    const documents = [...documentsOf("chat"), ...documentsOf("other"), ...documentsOf("nowhere")];
    await using home = testHome({
      ...(Object.fromEntries(documents) as Record<string, string>),
      "private/p.md": `# ${CANARY}\n\n- [ ] Keep ${CANARY}\n`,
    });
    await using chat = await startScriptedServer(answerWithFaults());
    await using responses = await startScriptedServer(answerWithFaults(), { apis: ["responses"] });
    const seen: Seen[] = [];
    // What asks a server about itself.
    const others: Seen[] = [];
    await using chatProxy = await startProxy(chat.url, seen, others);
    await using responsesProxy = await startProxy(responses.url, seen, others);
    const model = (url: string, name: string): string =>
      `model: { provider: openai, base_url: "${url}", name: ${name}, api_key: null, concurrency: ${CONCURRENCY}, timeout_seconds: 2 }`;
    home.configure(`
agents:
  - id: chat
    directories: [{ path: "${home.file("chat")}" }, { path: "${home.file("private")}", sends: never, fallback: rules }]
    settle_seconds: 0
    resettle_seconds: 0
    ${model(chatProxy.url, "scripted")}
  - id: other
    directories: [{ path: "${home.file("other")}" }]
    settle_seconds: 0
    resettle_seconds: 0
    ${model(responsesProxy.url, "scripted")}
  - id: nowhere
    directories: [{ path: "${home.file("nowhere")}" }]
    settle_seconds: 0
    ${model("http://127.0.0.1:2/v1", "scripted")}
  - id: blocked
    directories: [{ path: "${home.file("nowhere")}" }]
    settle_seconds: 0
    ${model("http://127.0.0.1:9/v1", "scripted")}
`);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = seen.length;
      const daemon = home.start();
      await waitFor("requests are in flight", () => seen.length >= before + 10);
      await daemon.end("SIGKILL");
    }
    home.start();
    const client = await home.connect();
    const tested = await Promise.allSettled([client.testModel("chat"), client.testModel("other")]);
    expect(tested.map(({ status: how }) => how)).toContain("fulfilled");
    await client.models();
    home.write("chat/0.md", "# chat 0, changed\n\n- [ ] Another task\n");
    await client.trigger("chat").catch(() => undefined);
    const isSettled = async (): Promise<boolean> => {
      const { items } = await client.files({ agent_id: "chat", limit: 500 });
      return items.filter(({ state }) => state === "done").length >= FILES / 2;
    };
    await waitFor("half of the files are done", isSettled);
    await client.pause();
    const ledger = await waitFor("nothing is under way", async () => {
      const { queue } = await client.status();
      const rows = await readLedger(client);
      return queue.working === 0 && rows.every(({ outcome }) => outcome !== "sent") && rows;
    });

    // Of equal requests, those that are lost first: a request that was seen is one of the others.
    const isLost = ({ outcome }: SentRequest): number => (outcome === "lost" ? 0 : 1);
    const ordered = ledger.toSorted((one, other) => isLost(one) - isLost(other));
    const rows = Map.groupBy(ordered, ({ host, bytes, path }) =>
      keyOf({ host, bytes, file: path === null ? null : (path.split("/").at(-1) ?? null) }),
    );
    const missing: string[] = [];
    for (const of of seen) {
      const key = keyOf({ ...of, file: fileOf(of)?.split("/").at(-1) ?? null });
      if (rows.get(key)?.pop() === undefined) missing.push(key);
    }
    expect(missing).toEqual([]);
    // A request is written before it is sent: who dies between the two has sent nothing.
    const unsent = [...rows.values()].flat();
    expect(unsent.filter(({ outcome }) => outcome !== "lost")).toEqual([]);
    expect(unsent.length).toBeLessThanOrEqual(KILLS * CONCURRENCY * 2);
    const outcomes = ledger.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(expect.arrayContaining(["answered", "endpoint_fault"]));
    expect(ledger.filter(({ path }) => path === null).length).toBeGreaterThan(0);
    expect(others.filter(({ text }) => text.includes("Task"))).toEqual([]);
    expect(ledger.filter(({ agent_id }) => /nowhere|blocked/.test(agent_id))).toEqual([]);
    expect([...seen, ...others].filter(({ text }) => text.includes(CANARY))).toEqual([]);
    expect(ledger.every(({ model: name, loopback }) => name === "scripted" && loopback)).toBe(true);
  },
);
