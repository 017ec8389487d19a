import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { findPagePlaces } from "../../daemon/dashboard/built-page.ts";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { testHome, waitFor } from "../helper/program.ts";
import { createSignIn, openPage } from "../../tray/open-page.ts";

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
    const { page, foreign, errors } = await browser.open(client);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(page.url()).toBe(`${client.url}/`);
    await page.getByRole("link", { name: "My inbox" }).waitFor();
    await page.getByText("live", { exact: true }).waitFor();
    expect(await page.context().cookies()).toEqual([]);

    await page.reload();
    await page.getByRole("heading", { name: "Overview" }).waitFor();

    const second = await page.context().newPage();
    await second.goto(`${client.url}/`);
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
    expect((await fetch(client.url)).status).toBe(503);
    const { page } = await browser.open(client, "/", { atOnce: true });
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(existsSync(built)).toBe(true);
  });

  test("a visitor without a code sees how to get one", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { page } = await browser.open(client);
    const stranger = await page.context().browser()?.newPage();
    await stranger?.goto(`${client.url}/#code=used-or-invented`);
    await stranger?.getByRole("heading", { name: "Sign in again" }).waitFor();
    expect(await stranger?.locator("code").textContent()).toBe("npx --no agent-runner open");
    expect(stranger?.url()).not.toContain("code");
  });

  test("after a restart of the daemon the page asks to sign in again, and continues when another tab did", async () => {
    await using home = testHome();
    home.configure("");
    const first = home.start();
    const client = await home.connect();
    const port = new URL(client.url).port;
    const { page } = await browser.open(client);
    await page.getByText("live", { exact: true }).waitFor();
    await first.end("SIGTERM");
    await page.getByText("no connection to the daemon").waitFor();

    home.write("home/config.yaml", `version: 1\nserver: { port: ${port} }\n`);
    home.start();
    const next = await home.connect();
    await page.getByRole("heading", { name: "Sign in again" }).waitFor();

    const { code } = await next.createSessionCode();
    const tab = await page.context().newPage();
    await tab.goto(`${next.url}/#code=${code}`);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByText("live", { exact: true }).waitFor();
    expect(page.url()).toBe(`${next.url}/`);
  });
});
