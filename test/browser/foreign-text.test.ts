import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toVault } from "../../daemon/cli/export/vault.ts";
import { note, project, task } from "../cli/export/sample.ts";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { HOSTILE_STRINGS } from "../helper/hostile-strings.ts";
import { VIEWERS } from "../helper/markdown-viewers.ts";
import { testHome, waitFor } from "../helper/program.ts";

const ENTITIES = {
  projects: HOSTILE_STRINGS.map((text, index) => project(`${index}`, text, { description: text })),
  tasks: HOSTILE_STRINGS.map((text, index) =>
    task(`${index}`, text, { description: text, tags: [text] }),
  ),
  notes: HOSTILE_STRINGS.map((text, index) => note(`${index}`, text, { body: text, tags: [text] })),
};

// Opening a page takes longer than drawing it.
const PAGES_AT_ONCE = 20;

/** What happened when a browser showed what a viewer made of these pages. */
async function draw(browser: Browser, toHtml: (text: string) => string, pages: Iterable<string>) {
  const requests: string[] = [];
  const dialogs: string[] = [];
  const context = await browser.newContext();
  let html = "";
  await context.route("**/*", async (route) => {
    const url = route.request().url();
    if (url === "http://vault.example/") {
      await route.fulfill({ contentType: "text/html; charset=utf-8", body: html });
    } else {
      requests.push(url);
      await route.abort();
    }
  });
  const page = await context.newPage();
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    // The next page closes the dialogs of this one.
    dialog.dismiss().catch(() => {});
  });
  const found = new Set<string>();
  const drawn = Array.from(pages, (text) => `<article>${toHtml(text)}</article>`);
  for (let first = 0; first < drawn.length; first += PAGES_AT_ONCE) {
    const some = drawn.slice(first, first + PAGES_AT_ONCE).join("\n");
    html = `<!doctype html><title>x</title><main>${some}</main>`;
    await page.goto("http://vault.example/");
    const elements = await page
      .locator("main *")
      .evaluateAll((all) => all.map(({ localName }) => localName));
    for (const name of elements) found.add(name);
    const links = await page
      .locator("main a")
      .evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
    for (const href of links) if (/^(?!https?:|mailto:)[a-z-]+:/iu.test(href)) found.add(href);
  }
  await context.close();
  return { requests, dialogs, found };
}

/** Without its front matter, which viewers do not draw. */
const bodiesOf = (vault: Map<string, string>): string[] =>
  [...vault.values()].map((text) => text.replace(/^---\n.*?\n---\n/su, ""));

const LOADING = /^(?:img|iframe|script|style|link|meta|video|object|embed|form|base|svg|image)$/u;

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: Browser;
  let window: TestBrowser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: findChromium() ?? "",
      args: ["--no-sandbox", "--disable-background-networking", "--no-first-run"],
    });
    window = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await window[Symbol.asyncDispose]();
  });

  test.each(Object.entries(VIEWERS))(
    "a vault of hostile text asks for nothing in %s, which draws everything",
    async (_, toHtml) => {
      const vault = bodiesOf(toVault(ENTITIES));
      const { requests, dialogs, found } = await draw(browser, toHtml, vault);
      expect(requests).toEqual([]);
      expect(dialogs).toEqual([]);
      const loading = [...found].filter((name) => LOADING.test(name) || name.includes(":"));
      expect(loading).toEqual([]);
    },
  );

  test.each(Object.entries(VIEWERS))(
    "%s loads and runs what --raw writes, so it would have shown it",
    async (_, toHtml) => {
      const { notes } = ENTITIES;
      const raw = toVault({ projects: [], tasks: [], notes: notes.slice(0, 12) }, { raw: true });
      const { requests, dialogs } = await draw(browser, toHtml, bodiesOf(raw));
      expect(requests.length).toBeGreaterThan(5);
      expect(dialogs.length).toBeGreaterThan(0);
    },
  );

  test("the page asks for nothing and runs nothing, whatever a note, task or project says", async () => {
    await using home = testHome({});
    home.configure("agents: []");
    home.start();
    const client = await home.connect();
    const ids: string[] = [];
    // The API refuses U+0000 and half characters.
    const cut = (one: string, length: number): string =>
      one.slice(0, length).toWellFormed().replaceAll("\0", "").trim();
    for (const one of HOSTILE_STRINGS) {
      const text = cut(one, 20_000);
      const title = cut(text, 300);
      if (title === "") continue;
      const fields = { tags: [cut(title, 60)] };
      const made = await client.createEntity("note", { title, body: text, ...fields });
      await client.createEntity("task", { title, description: text, ...fields });
      ids.push(made.id);
    }
    const { page, foreign } = await window.open(client);
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    for (const address of ["/tasks", "/notes", ...ids.map((id) => `/notes/${id}`)]) {
      await page.evaluate(`history.pushState(null, "", ${JSON.stringify(address)});
        dispatchEvent(new PopStateEvent("popstate"));`);
      await page.locator("main h1").first().waitFor();
      const waiting = page.locator("main .waiting", { hasNotText: "Loading more" });
      await waitFor(`${address} has loaded`, async () => (await waiting.count()) === 0);
      const names = await page
        .locator("main *")
        .evaluateAll((all) => all.map(({ localName }) => localName));
      expect(
        names.filter((name) => LOADING.test(name) && name !== "svg" && name !== "form"),
      ).toEqual([]);
      const links = await page
        .locator("main a")
        .evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
      expect(links.filter((href) => /^(?!https?:|mailto:)[a-z-]+:/iu.test(href))).toEqual([]);
    }
    expect(foreign).toEqual([]);
    expect(dialogs).toEqual([]);
  });
});
