import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { listPageAddresses } from "../helper/page-addresses.ts";
import { testHome, waitFor, waitForRun } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { findViolations } from "../helper/violations.ts";
import { reply, startScriptedServer, status } from "../helper/scripted-server.ts";

/** Goes to an address without a reload, and waits until the page has loaded everything. A timeout names the address. */
async function visit(page: Page, address: string): Promise<void> {
  await page.evaluate(`history.pushState(null, "", ${JSON.stringify(address)});
    dispatchEvent(new PopStateEvent("popstate"));`);
  await page.locator("main h1").first().waitFor();
  const waiting = page.locator("main .waiting");
  await waitFor(`${address} has loaded`, async () => (await waiting.count()) === 0);
}

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test.each(["light", "dark"] as const)(
    "axe finds nothing serious on any page in %s, and no page is wider than its window",
    async (colorScheme) => {
      await using home = testHome({
        "in/weekly.md":
          "# Weekly\n\n- [ ] Send the budget\n- [ ] Call Bob\n\nSee https://example.com.\n",
        "in/empty.md": "",
        "in/broken.pdf": "%PDF-1.4 nothing",
      });
      await using server = await startScriptedServer(answerDocument);
      home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents:
  - { id: inbox, directories: [{ path: ${home.file("in")} }], settle_seconds: 0 }
  - { id: gone, directories: [{ path: ${home.file("missing")} }] }`);
      home.start();
      const client = await home.connect();
      await waitForRun(client, "inbox");
      const project = await client.createEntity("project", {
        name: "Garden",
        description: "A *list*.",
      });
      await client.createEntity("task", {
        title: "Dig",
        project_id: project.id,
        due_date: "2026-01-01",
      });

      const { page, errors, foreign } = await browser.open(client, "/", { colorScheme });
      const found: string[] = [];
      for (const address of await listPageAddresses(client)) {
        for (const width of [1200, 390]) {
          await page.setViewportSize({ width, height: 800 });
          await visit(page, address);
          for (const violation of await findViolations(page)) found.push(`${address} ${violation}`);
          const beyond = await page.evaluate<number>(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth",
          );
          if (beyond > 0) found.push(`${address} is ${beyond} pixels wider than ${width}`);
        }
      }
      expect(found).toEqual([]);
      expect(errors).toEqual([]);
      expect(foreign).toEqual([]);
    },
  );

  test("what comes from files and models stays text: no script runs, no request leaves, nothing hides", async () => {
    const heard: string[] = [];
    const sink = createServer((request, response) => {
      heard.push(request.url ?? "");
      response.end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => sink.once("listening", resolve));
    const lure = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
    const markup = `<img src="${lure}/img" onerror="window.harmed=1"><script>window.harmed=1</script>`;
    const body = [
      markup,
      `![seen](${lure}/picture.png) [here](javascript:window.harmed=1) [ref]`,
      `[ref]: ${lure}/ref`,
      `<style>body{background:url(${lure}/css)}</style><svg onload="window.harmed=1">`,
      `<meta http-equiv="refresh" content="0;url=${lure}/meta">`,
      `[your bank](${lure}/phish) <${lure}/auto> \u202etxet\u202c \u0007\u200b`,
      `<iframe src="${lure}/frame"></iframe><link rel="prefetch" href="${lure}/prefetch">`,
    ].join("\n\n");
    await using home = testHome({
      // Windows takes no such names.
      ...(process.platform === "win32"
        ? {}
        : {
            "in/<img src=x onerror=window.harmed=1>.md": `# ${markup}\n\n${body}`,
            "in/\u202egnp.\u2066evil.md": `# Two\n\n${body}`,
          }),
      "in/fails.md": "FAIL",
      "in/plain.md": `# Plain\n\n${body}`,
    });
    await using server = await startScriptedServer((request) => {
      const prompt = JSON.stringify(request.body.messages);
      if (prompt.includes("FAIL")) {
        return status(400, {
          error: { message: `${markup} \u202e`, type: "invalid_request_error" },
        });
      }
      return request.body.messages.some(({ role }) => role === "assistant")
        ? reply({ content: `Recorded ${markup}` })
        : reply({
            calls: [
              {
                name: "create_note",
                arguments: { title: `${markup} \u202e`, body, quote: markup },
              },
              {
                name: "create_task",
                arguments: { title: `${markup} task`, description: body, tags: ["<b>x"] },
              },
              {
                name: "create_project",
                arguments: { name: `${markup} project`, description: body },
              },
            ],
          });
    });
    home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: inbox, name: "<img src=x onerror=window.harmed=1>", directories: [{ path: ${home.file("in")} }], settle_seconds: 0 }]`);
    home.start();
    const client = await home.connect();
    await waitForRun(client, "inbox");
    const { page, foreign } = await browser.open(client);
    const shown: string[] = [];
    for (const address of await listPageAddresses(client)) {
      await visit(page, address);
      shown.push(await page.locator("body").innerText());
      expect(await page.evaluate("window.harmed"), address).toBeUndefined();
      expect(
        await page
          .locator("main img, main script, main iframe, main style, main svg, main meta")
          .count(),
        address,
      ).toBe(0);
      const links = await page.locator('main a[href^="http"], main a[target]').evaluateAll((all) =>
        all.map((link) => ({
          address: link.getAttribute("href"),
          text: link.textContent,
          rel: link.getAttribute("rel"),
        })),
      );
      for (const link of links) {
        expect(link.text).toBe(link.address);
        expect(link.rel).toContain("noreferrer");
      }
    }
    sink.close();
    const text = shown.join("\n");
    expect(text).toContain(`<script>window.harmed=1</script>`);
    expect(text).toContain("not loaded");
    expect(text).toContain("\\u202e");
    expect(text).not.toMatch(/[\p{Bidi_Control}\u200b]/u);
    expect(text).not.toContain("\u0007");
    expect(heard).toEqual([]);
    expect(foreign).toEqual([]);
  });
});
