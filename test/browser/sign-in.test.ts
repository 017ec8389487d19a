import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { findPagePlaces } from "../../daemon/dashboard/built-page.ts";
import { createSignIn, openPage } from "../../tray/open-page.ts";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { testHome, waitFor } from "../helper/program.ts";
import { findViolations } from "../helper/violations.ts";

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test("a code opens the page once; the address keeps nothing, a reload stays signed in, the first tab signs in a new one", async () => {
    await using home = testHome({ "in/a.md": "# A" });
    home.configure(
      `agents: [{ id: inbox, name: My inbox, directories: [{ path: ${home.file("in")} }] }]`,
    );
    home.start();
    const client = await home.connect();
    const { page, origin, foreign, errors } = await browser.open(client);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(page.url()).toBe(`${origin}/`);
    await page.getByRole("link", { name: "My inbox" }).waitFor();
    await page.getByText("live", { exact: true }).waitFor();
    expect(await page.context().cookies()).toEqual([]);

    await page.reload();
    await page.getByRole("heading", { name: "Overview" }).waitFor();

    const second = await page.context().newPage();
    await second.goto(`${origin}/`);
    await second.getByRole("heading", { name: "Overview" }).waitFor();

    expect(foreign).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("the file that an opener is given signs in, from another site or by its link, and is gone then", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { page } = await browser.open(client);
    const places = resolvePaths({
      env: home.env,
      platform: process.platform,
      userHome: home.file("user"),
    });
    for (const follows of [true, false]) {
      const context = await page.context().browser()?.newContext();
      await using _closed = { [Symbol.asyncDispose]: async () => context?.close() };
      const other = await context?.newPage();
      if (other === undefined) throw new Error("no window");
      await openPage(places, await createSignIn(client, "/runs"), async (file) => {
        expect(readFileSync(file, "utf8")).toContain("#code=");
        // A browser that does not follow shows the link.
        if (!follows) {
          writeFileSync(file, readFileSync(file, "utf8").replace(/<meta http-equiv.*>/u, ""));
        }
        await other.goto(pathToFileURL(file).href, { waitUntil: "commit" });
        if (!follows) await other.getByRole("link", { name: "open the page" }).click();
        await other.getByRole("heading", { name: "Runs" }).waitFor();
        expect(new URL(other.url()).pathname).toBe("/runs");
        expect(other.url()).not.toContain("code");
        await waitFor("the file is removed", () => !existsSync(file));
        await other.reload();
        await other.getByRole("heading", { name: "Runs" }).waitFor();
        return true;
      });
    }
  });

  test("before the page is built the daemon answers at once, and the page opens signed in once it is built", async () => {
    const { built } = findPagePlaces();
    rmSync(built, { recursive: true, force: true });
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    expect((await client.health()).status).toBe("ok");
    const { page } = await browser.open(client, "/", { atOnce: true });
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(existsSync(built)).toBe(true);
  });

  test("a visitor without a code sees how to get one", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { page, origin } = await browser.open(client);
    const stranger = await page.context().browser()?.newPage();
    await stranger?.goto(`${origin}/#code=used-or-invented`);
    await stranger?.getByRole("heading", { name: "Sign in again" }).waitFor();
    expect(await stranger?.locator("code").textContent()).toBe("npx --no agent-runner open");
    expect(stranger?.url()).not.toContain("code");
  });

  test("a tab that was open over a restart keeps all that was typed, with a button to copy it, and says how to go on", async () => {
    await using home = testHome();
    home.configure("");
    const first = home.start();
    const client = await home.connect();
    const port = new URL(client.url).port;
    const task = await client.createEntity("task", { title: "Dig" });
    await client.createEntity("note", { title: "A" });
    const { page, origin } = await browser.open(client, "/tasks");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const tabs = [page];
    const open = async (address: string): Promise<Page> => {
      const tab = await page.context().newPage();
      await tab.goto(`${origin}${address}`);
      await tab.getByText("live", { exact: true }).waitFor();
      tabs.push(tab);
      return tab;
    };
    // Saved, and so not kept.
    await page.getByLabel("Title of a new task").fill("Saved task");
    await page.keyboard.press("Enter");
    await page.getByText("Saved task").first().waitFor();
    await page.getByLabel("Title of a new task").fill("Half a task");
    const editor = await open(`/tasks/${task.id}`);
    await editor.getByLabel("Description").fill("# Two\n\nlines");
    const search = await open("/search");
    await search.getByRole("searchbox").fill("what I look for");
    for (const tab of tabs) await tab.getByText("Keeping…").waitFor({ state: "detached" });
    const settings = await open("/settings?view=text");
    const config = await settings.getByLabel("config.yaml").inputValue();
    await settings.getByLabel("config.yaml").fill(`${config}# my comment\n`);

    await first.end("SIGTERM");
    await page.getByText("no connection to the daemon").waitFor();
    home.write("home/config.yaml", `version: 1\nserver: { port: ${port} }\n`);
    home.start();
    const next = await home.connect();
    const kept: Record<string, string>[] = [];
    for (const tab of tabs) {
      await tab.bringToFront();
      await tab.getByRole("heading", { name: "Sign in again" }).waitFor();
      expect(await tab.locator("code").textContent()).toBe("npx --no agent-runner open");
      const texts: Record<string, string> = {};
      const typed = tab.getByRole("region", { name: "What you typed" });
      for (const label of await typed.locator("label").allTextContents()) {
        const text = await typed.getByLabel(label, { exact: true }).inputValue();
        await typed.getByRole("button", { name: `Copy: ${label}`, exact: true }).click();
        expect(await tab.evaluate("navigator.clipboard.readText()")).toBe(text);
        texts[label] = text;
      }
      kept.push(texts);
      expect(await findViolations(tab)).toEqual([]);
    }
    expect(kept).toEqual([
      { "Title of a new task": "Half a task" },
      { Description: "# Two\n\nlines" },
      { "Words or beginnings of words": "what I look for" },
      { "config.yaml": `${config}# my comment\n` },
    ]);

    const { code, page_url } = await next.createSessionCode();
    expect(page_url).not.toBe(origin);
    const tab = await page.context().newPage();
    await tab.goto(`${page_url}/#code=${code}`);
    await tab.getByRole("heading", { name: "Overview" }).waitFor();
    const left = page.getByLabel("Title of a new task", { exact: true });
    expect(await left.inputValue()).toBe("Half a task");
    await page.getByText("What you typed into forms was kept").waitFor();
    await tab.getByRole("link", { name: "Tasks", exact: true }).click();
    await tab.getByText(/Restored what you typed on/u).waitFor();
    expect(await tab.getByLabel("Title of a new task").inputValue()).toBe("Half a task");
  });

  test("where the daemon does not come back at its address, a tab says so on every page, and what was typed can be copied", async () => {
    await using home = testHome();
    home.configure("");
    const first = home.start();
    const client = await home.connect();
    const { page } = await browser.open(client, "/tasks");
    await page.getByText("live", { exact: true }).waitFor();
    await first.end("SIGKILL");
    const alert = page.getByRole("alert").filter({ hasText: "Agent Runner doesn’t answer." });
    await alert.waitFor();
    await page.getByLabel("Title of a new task").fill("Typed without a daemon");
    await alert.getByRole("button", { name: "Copy: Title of a new task" }).waitFor();
    expect(await alert.getByRole("textbox").inputValue()).toBe("Typed without a daemon");
    expect(await alert.locator("code").textContent()).toBe("npx --no agent-runner open");
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("link", { name: /^Notes/u }).click();
    await alert.getByRole("button", { name: "Copy: New task: title" }).waitFor();
    expect(await alert.getByRole("textbox").inputValue()).toBe("Typed without a daemon");
  });

  test.each(["light", "dark"] as const)(
    "a bookmark of the daemon's address says in the middle of the page how to go on, in %s; so does a tab of an earlier start",
    async (colorScheme) => {
      await using home = testHome();
      home.configure("");
      home.start();
      const client = await home.connect();
      const { page, origin, errors } = await browser.open(client, "/", { colorScheme });
      const old = `http://ar-0123456789abcdef0123.localhost:${new URL(client.url).port}`;
      for (const address of [client.url, `${client.url}/tasks`, `${old}/tasks`]) {
        const tab = await page.context().newPage();
        await tab.goto(address);
        await tab.getByRole("heading", { name: "Open Agent Runner" }).waitFor();
        expect(await tab.locator("code").textContent()).toBe("npx --no agent-runner open");
        const box = await tab.locator("main").boundingBox();
        const middle = [box!.x + box!.width / 2, box!.y + box!.height / 2];
        expect(Math.abs(middle[0]! - 600)).toBeLessThan(60);
        expect(Math.abs(middle[1]! - 400)).toBeLessThan(100);
        expect(await findViolations(tab)).toEqual([]);
        await tab.close();
      }
      // The open tab stays signed in.
      await page.reload();
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      expect(page.url()).toBe(`${origin}/`);
      expect(errors).toEqual([]);
    },
  );

  test("a tab that has no code continues when another one of the page signs in", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { code, page_url } = await client.createSessionCode();
    const context = await browser.profile();
    const waiting = await context.newPage();
    await waiting.goto(`${page_url}/tasks`);
    await waiting.getByRole("heading", { name: "Sign in again" }).waitFor();
    const tab = await context.newPage();
    await tab.goto(`${page_url}/#code=${code}`);
    await waiting.getByRole("heading", { name: /^Tasks/u }).waitFor();
    expect(waiting.url()).toBe(`${page_url}/tasks`);
  });
});
