import type { FastifyReply } from "fastify";
import { RunnerError } from "../../core/errors.ts";
import { sendSignpost } from "../signpost.ts";
import type { App, Door } from "../door.ts";

/** The page's addresses. All answer with the same document, which reads its own address. */
const ADDRESSES = [
  "/",
  "/runs",
  "/runs/:id",
  "/files",
  "/files/:id",
  "/tasks",
  "/tasks/:id",
  "/notes",
  "/notes/:id",
  "/projects",
  "/projects/:id",
  "/search",
  "/sent",
  "/usage",
  "/agents",
  "/agents/:id",
  "/settings",
];

// Only the page's own files as scripts, nothing from elsewhere, and no way for text to become markup.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

// A built file's name holds a hash of its content.
const FOR_EVER = "public, max-age=31536000, immutable";

/** The page, outside the API. It contains no user data: the page asks the API for everything, with the token. */
export function pageRoutes(app: App, { page, pageUrl }: Door): void {
  if (page === undefined) return;

  for (const address of ADDRESSES) {
    app.get(address, async (request, reply) => {
      if (request.headers.host !== new URL(pageUrl()).host) {
        reply.hijack();
        return sendSignpost(reply.raw, 200);
      }
      const state = page.state();
      if (state.is === "ready") return sendHtml(reply, 200, await page.document());
      const html = state.is === "missing" ? explain(state.reason) : WAITING;
      return sendHtml(reply, 503, Buffer.from(html));
    });
  }

  app.get("/waiting.js", async (_request, reply) =>
    reply.type("text/javascript; charset=utf-8").send(RELOAD),
  );

  app.get<{ Params: { name: string } }>("/assets/:name", async ({ params: { name } }, reply) => {
    const file = await page.findAsset(name);
    if (file === undefined) {
      throw new RunnerError("not_found", `The page has no file ${JSON.stringify(name)}.`, {
        hint: "Reload the page.",
      });
    }
    return reply.type(file.media_type).header("cache-control", FOR_EVER).send(file.body);
  });
}

function sendHtml(reply: FastifyReply, status: number, html: Uint8Array): FastifyReply {
  return reply
    .code(status)
    .headers({ "content-security-policy": POLICY, "x-dns-prefetch-control": "off" })
    .type("text/html; charset=utf-8")
    .send(html);
}

// A reload by script keeps the fragment, which has the code that signs in.
const RELOAD = "setTimeout(() => location.reload(), 1000);\n";

const plain = (title: string, text: string, head = ""): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${title}</title>${head}</head><body><h1>${title}</h1><p>${text}</p></body></html>`;

const WAITING = plain(
  "Agent Runner",
  "The page is being made for the first time, which takes a few seconds. It appears by itself.",
  '<script src="/waiting.js"></script>',
);

function explain(reason: string): string {
  const text = reason.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return plain("Agent Runner: the page is missing", text);
}
