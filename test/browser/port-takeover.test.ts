import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { openPortTaker } from "../helper/port-taker.ts";
import { testHome, waitFor } from "../helper/program.ts";

const ROUNDS = 10;

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "a tab that was signed in before %s sends no token and no text to the next program on the port",
    async (signal) => {
      await using home = testHome();
      await using taker = await openPortTaker();
      home.configure("");
      const daemon = home.start();
      const client = await home.connect();
      const port = Number(new URL(client.url).port);
      const { page } = await browser.open(client, "/tasks");
      await page.getByText("live", { exact: true }).waitFor();
      await page.getByLabel("Title of a new task").fill("What I plan");

      await daemon.end(signal);
      await using _release = { [Symbol.asyncDispose]: await taker.take(port) };
      await page.keyboard.press("Enter").catch(() => {});
      await page.getByRole("heading", { name: "Sign in again" }).waitFor();
      const typed = page.getByRole("region", { name: "What you typed" });
      expect(await typed.getByRole("textbox").inputValue()).toBe("What I plan");
      const asked = taker.received.map((request) => request.split(" ").slice(0, 2).join(" "));
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.filter((one) => !one.startsWith("GET /api/health?nonce="))).toEqual([]);
      expect(taker.received.join("\n")).not.toMatch(/bearer|What I plan/iu);
    },
  );

  test(
    `who had the port while the daemon was down gets the token 0 times of ${ROUNDS}`,
    { timeout: 300_000 },
    async () => {
      await using home = testHome();
      await using taker = await openPortTaker();
      home.configure("");
      let daemon = home.start();
      let client = await home.connect();
      const port = Number(new URL(client.url).port);
      home.write("home/config.yaml", `version: 1\nserver: { port: ${port} }\n`);
      await browser.open(client);

      const failed: number[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        const context = await browser.profile();
        const { page_url: old } = await client.createSessionCode();
        await daemon.end("SIGTERM");

        const release = await taker.take(port);
        const lingering = await Promise.all(
          [client.url, old].map(async (origin) => {
            const tab = await context.newPage();
            await tab.goto(`${origin}/`);
            await waitFor("the worker is there", async () => (await tab.title()) === "lingers");
            return tab;
          }),
        );
        await release();

        daemon = home.start();
        client = await home.connect();
        const stolen = taker.stolen.length;
        const { code, page_url } = await client.createSessionCode();
        const page = await context.newPage();
        await page.goto(`${page_url}/#code=${code}`);
        const signedIn = page.getByRole("heading", { name: "Overview" });
        const isIn = (): Promise<boolean> => signedIn.isVisible();
        await waitFor("someone has the code", async () => {
          return taker.stolen.length > stolen || (await isIn());
        });
        // A second tab of the user, and a code that the tabs came to know.
        if (await isIn()) {
          const opened = context.waitForEvent("page");
          await page.getByRole("link", { name: "Tasks" }).click({ button: "middle" });
          // A background tab draws nothing.
          const second = await opened;
          await second.bringToFront();
          await second.getByRole("heading", { name: /^Tasks/u }).waitFor();
        }
        const known = await client.createSessionCode();
        for (const tab of lingering) await tab.evaluate(`redeem(${JSON.stringify(known.code)})`);
        if (taker.stolen.length > stolen) failed.push(round);
        await context.close();
      }
      expect({ failed, stolen: taker.stolen }).toEqual({ failed: [], stolen: [] });
    },
  );
});
