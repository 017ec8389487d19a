import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { openTransport } from "../../daemon/agent/model/fetch.ts";

// A key and a certificate for 127.0.0.1 that no one trusts, made for this test.
const PEM = readFileSync(new URL("../fixture/tls/self-signed.pem", import.meta.url));

test("a certificate is checked, even if the environment says that none is", async () => {
  const received: string[] = [];
  const server = createServer({ key: PEM, cert: PEM }, (request, response) => {
    received.push(String(request.headers.authorization));
    response.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const transport = openTransport();
  const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  try {
    const { port } = server.address() as AddressInfo;
    const asked = transport.fetch(`https://127.0.0.1:${port}/v1/models`, {
      headers: { authorization: "Bearer sk-canary" },
      maxBytes: 1000,
      signal: new AbortController().signal,
    });
    await expect(asked).rejects.toMatchObject({ cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } });
  } finally {
    if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    await transport.close();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
  expect(received).toEqual([]);
});
