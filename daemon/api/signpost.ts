/**
 * What a browser gets at an address of the daemon that is not the page's origin of this start: how to go on. It holds
 * no data and no script, so a bookmark may lead here, and it is the same whoever asks.
 */
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { CALL } from "../core/call.ts";

const STYLE = `
:root { color-scheme: light dark; }
body { min-height: 90vh; margin: 0; display: grid; place-content: center; padding: 16px;
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; }
h1 { font-size: 1.5rem; }
code { display: inline-block; padding: 6px 12px; border: 1px solid; border-radius: 6px;
  font: 1rem/1.5 ui-monospace, monospace; }`;

const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Open Agent Runner</title><style>${STYLE}</style></head><body><main>
<h1>Open Agent Runner</h1>
<p>Agent Runner is running. To see its page, run:</p>
<p><code>${CALL} open</code></p>
<p>Or choose “Open dashboard” in the menu of its tray icon.</p>
<p>The page has a new address each time Agent Runner starts, so that no other program can pretend to be it. You can keep this page as a bookmark.</p>
</main></body></html>
`;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Sends how to go on, and removes what another program left in the browser for this address. */
export function sendSignpost(response: ServerResponse, status: 200 | 421): void {
  response.writeHead(status, {
    // No page of the daemon keeps anything at such an address.
    "clear-site-data": '"storage"',
    "content-security-policy": POLICY,
    "content-type": "text/html; charset=utf-8",
    "x-dns-prefetch-control": "off",
  });
  response.end(HTML);
}

// A browser asks for a worker's script again after each page that the worker answered for.
const UNREGISTER = `addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(registration.unregister()));
`;

/** Replaces the service worker that another program registered with one that removes itself. */
export function sendUnregister(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" });
  response.end(UNREGISTER);
}
