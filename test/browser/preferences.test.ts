import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { testHome, waitFor } from "../helper/program.ts";

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test("a list opens as it was left, also after a kill of the daemon; a link with filters shows its own", async () => {
    await using home = testHome();
    home.configure("");
    const daemon = home.start();
    const client = await home.connect();
    const { page, errors } = await browser.open(client, "/tasks");
    await page.getByLabel("Group by").selectOption("project");
    await page.getByLabel("Status").selectOption("all");
    await page.getByRole("link", { name: "Files", exact: true }).click();
    await page.getByRole("button", { name: "Directories" }).click();
    await waitFor("both are kept", async () => {
      const { filters } = await client.preferences();
      return filters["/files"] === "view=tree" && filters["/tasks"] === "group=project&status=all";
    });
    expect(errors).toEqual([]);

    await daemon.end("SIGKILL");
    home.start();
    const next = await home.connect();
    const { page: tab, origin } = await browser.open(next);
    await tab.getByRole("link", { name: "Tasks", exact: true }).click();
    await tab.getByRole("heading", { name: "Tasks" }).waitFor();
    expect(await tab.getByLabel("Group by").inputValue()).toBe("project");
    expect(tab.url()).toBe(`${origin}/tasks?group=project&status=all`);
    await tab.goto(`${origin}/files`);
    const tree = tab.getByRole("button", { name: "Directories" });
    await tree.waitFor();
    expect(await tree.getAttribute("aria-pressed")).toBe("true");
    await tab.goto(`${origin}/tasks?status=done`);
    await tab.getByLabel("Group by").waitFor();
    expect(await tab.getByLabel("Group by").inputValue()).toBe("due");

    await tab.goto(`${origin}/files`);
    await tab.getByRole("button", { name: "List" }).click();
    await waitFor("the usual one is chosen again", async () => {
      return (await next.preferences()).filters["/files"] === undefined;
    });
    await tab.reload();
    await tab.getByRole("button", { name: "List" }).waitFor();
    expect(tab.url()).toBe(`${origin}/files`);
  });
});
