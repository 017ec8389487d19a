import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { testHome, waitForRun } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { findViolations } from "../helper/violations.ts";
import { reply, startScriptedServer } from "../helper/scripted-server.ts";

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test("a person sees each request that was sent: its file, where it went, and what it was", async () => {
    await using home = testHome({ "in/weekly.md": "# Weekly\n\n- [ ] Call Bob\n" });
    await using server = await startScriptedServer((request) =>
      JSON.stringify(request.body).includes("create_note")
        ? answerDocument(request)
        : reply({ calls: [{ name: "answer", arguments: { word: "ready" } }] }),
    );
    home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents:
  - { id: inbox, directories: [{ path: ${home.file("in")}, watch: false }], settle_seconds: 0 }
`);
    home.start();
    const client = await home.connect();
    await client.trigger("inbox");
    await waitForRun(client, "inbox");
    await client.testModel("inbox");
    const { page, errors } = await browser.open(client, "/agents/inbox");
    await page.getByRole("link", { name: "Each request that it sent" }).click();
    await page.getByRole("heading", { name: "Sent", level: 1 }).waitFor();
    const rows = page.getByRole("list", { name: "Requests, newest first" }).getByRole("listitem");
    const { items } = await client.sent();
    await rows.nth(items.length - 1).waitFor();
    const texts = (await rows.allTextContents()).map((text) => text.replace(/\s+/gu, " "));
    expect(texts).toHaveLength(items.length);
    const { host } = new URL(server.url);
    expect(texts[0]).toContain("no file");
    expect(texts.at(-1)).toContain("weekly.md");
    for (const text of texts) expect(text).toContain(`${host} this machine scripted`);

    expect(await findViolations(page)).toEqual([]);

    await page.getByRole("searchbox", { name: "Host, with its port" }).fill("elsewhere:1");
    await page.getByText("No request matches these filters.").waitFor();
    await page.getByRole("searchbox", { name: "Host, with its port" }).fill(host);
    await rows.nth(items.length - 1).waitFor();
    await page.getByRole("link", { name: "weekly.md" }).first().click();
    await page.getByRole("heading", { name: "weekly.md" }).waitFor();
    expect(errors).toEqual([]);
  });
});
