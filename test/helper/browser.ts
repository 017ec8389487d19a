import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Client } from "../../daemon/client/client.ts";
import type { sessionCode } from "../../daemon/protocol/session.ts";
import type { z } from "zod";
import { waitFor } from "./program.ts";
import { fetchPage } from "./request.ts";

/** Where systems keep it; `CHROMIUM` names another. */
const PLACES = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** A Chromium that is installed; undefined: none was found, which a machine that tests all must not have. */
export function findChromium(): string | undefined {
  const found = PLACES.find((place) => place !== "" && existsSync(place));
  if (found === undefined && process.env["CI"] === "true") {
    throw new Error("no Chromium was found: install one, or name it in CHROMIUM");
  }
  return found;
}

/** A window on the page, which keeps what it did. */
export interface TestWindow {
  readonly page: Page;
  /** Of the page, without a slash at the end. */
  readonly origin: string;
  /** The addresses it asked for anything, but for the daemon's own. */
  readonly foreign: readonly string[];
  /** What it wrote to its console as an error, and what it threw. */
  readonly errors: readonly string[];
}

export interface TestBrowser extends AsyncDisposable {
  /** An empty profile, as of another person. */
  profile(): Promise<BrowserContext>;
  /** Opens an address of the daemon's page, signed in by a code as `agent-runner open` does. */
  open(client: Client, address?: string, options?: WindowOptions): Promise<TestWindow>;
}

export interface WindowOptions {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
  /** Goes there even while the page is still being built. */
  atOnce?: boolean;
}

export async function startBrowser(): Promise<TestBrowser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium was found");
  const browser: Browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
  return {
    profile: () => browser.newContext(),
    async open(
      client,
      address = "/",
      { width = 1200, height = 800, colorScheme = "light", atOnce = false } = {},
    ) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await context.newPage();
      const foreign: string[] = [];
      const errors: string[] = [];
      const { code, page_url } = await waitForPage(client, atOnce);
      context.on("request", (request) => {
        if (!request.url().startsWith(`${page_url}/`)) foreign.push(request.url());
      });
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      await page.goto(`${page_url}${address}#code=${code}`);
      await page.locator("main").waitFor();
      return { page, origin: page_url, foreign, errors };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** A code for the page, which the first start builds while it runs already. */
async function waitForPage(client: Client, atOnce: boolean): Promise<z.infer<typeof sessionCode>> {
  const { page_url } = await client.createSessionCode();
  if (!atOnce) {
    await waitFor("the page is built", async () => (await fetchPage(page_url)).ok, 60_000);
  }
  return client.createSessionCode();
}
