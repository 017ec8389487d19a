import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Client } from "../../daemon/client/client.ts";
import { waitFor } from "./program.ts";

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
  /** The addresses it asked for anything, but for the daemon's own. */
  readonly foreign: readonly string[];
  /** What it wrote to its console as an error, and what it threw. */
  readonly errors: readonly string[];
}

export interface TestBrowser extends AsyncDisposable {
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
    async open(
      client,
      address = "/",
      { width = 1200, height = 800, colorScheme = "light", atOnce = false } = {},
    ) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await context.newPage();
      const foreign: string[] = [];
      const errors: string[] = [];
      context.on("request", (request) => {
        if (!request.url().startsWith(`${client.url}/`)) foreign.push(request.url());
      });
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      if (!atOnce) await waitForPage(client.url);
      const { code } = await client.createSessionCode();
      await page.goto(`${client.url}${address}#code=${code}`);
      await page.locator("main").waitFor();
      return { page, foreign, errors };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** The first start builds the page while it runs already. */
async function waitForPage(url: string): Promise<void> {
  await waitFor("the page is built", async () => (await fetch(url)).ok, 60_000);
}
