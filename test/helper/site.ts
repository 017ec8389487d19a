import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Site extends AsyncDisposable {
  port: number;
  headers: IncomingHttpHeaders[];
}

/** A server of these pages; all other paths are 404, and a page that is null never comes. */
export async function startSite(pages: Readonly<Record<string, unknown>>): Promise<Site> {
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    headers.push(request.headers);
    const page = pages[request.url ?? ""];
    if (page === null) return;
    response.writeHead(page === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(
      typeof page === "string" ? page : JSON.stringify(page ?? { models: [], data: [] }),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    headers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
