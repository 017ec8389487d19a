import type { Page } from "playwright-core";
import { findChromium, startBrowser } from "../../helper/browser.ts";
import { testHome } from "../../helper/program.ts";
import type { Figure, MeasureOptions } from "../figure.ts";
import { FULL, startFull, wordAt } from "../full-journal.ts";

/*
 * How long the page stands still, at the longest, while a person goes through a journal that has been in use for years:
 * the longest time between two frames during each step, in a real Chromium.
 */

const GOAL_MS = 200;
const REST_MS = 1_500;

const STEPS: readonly (readonly [name: string, act: (page: Page) => Promise<unknown>])[] = [
  ["open the files", (page) => go(page, "/files")],
  ["scroll through the files", scroll],
  ["filter the files by state", (page) => page.getByLabel("State").selectOption("failed")],
  ["open the directories", (page) => page.getByRole("button", { name: "Directories" }).click()],
  ["scroll through the directories", scroll],
  ["open the tasks", (page) => go(page, "/tasks")],
  ["scroll through the tasks", scroll],
  ["group the tasks by project", (page) => page.getByLabel("Group by").selectOption("project")],
  ["type words of a title", (page) => type(page, "Search titles")],
  ["open the notes", (page) => go(page, "/notes")],
  ["scroll through the notes", scroll],
  ["open the runs", (page) => go(page, "/runs")],
  ["open the overview", (page) => go(page, "/")],
];

export async function measure({ say }: MeasureOptions): Promise<Figure[]> {
  if (findChromium() === undefined)
    throw new Error("no Chromium was found: install one, or name it in CHROMIUM");
  await using home = testHome();
  const { program, client } = await startFull(home, say);
  await using browser = await startBrowser();
  const { page } = await browser.open(client);
  await page.evaluate(`{
    globalThis.longest = 0;
    let last = performance.now();
    const frame = (now) => {
      globalThis.longest = Math.max(globalThis.longest, now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }`);
  let worst = { name: "", ms: 0 };
  for (const [name, act] of STEPS) {
    await page.waitForTimeout(REST_MS);
    await page.evaluate("globalThis.longest = 0");
    await act(page);
    await page.waitForTimeout(REST_MS);
    const ms = await page.evaluate<number>("globalThis.longest");
    say(`  ${name}: ${ms.toFixed(0)} ms`);
    if (ms > worst.ms) worst = { name, ms };
  }
  await program.end("SIGTERM");
  return [
    {
      what: `the page with ${FULL.files} files and ${FULL.tasks} tasks, the longest frame: ${worst.name}`,
      ours: worst.ms,
      unit: "ms",
      anchor: null,
      goal: { most: GOAL_MS, of: "ours" },
    },
  ];
}

/** By a link of the page, so that the document stays. */
async function go(page: Page, address: string): Promise<void> {
  await page.locator(`nav.menu ul a[href="${address}"]`).click();
  await page.locator("main .head, main h1").first().waitFor();
}

async function scroll(page: Page): Promise<void> {
  for (let step = 0; step < 30; step += 1) {
    await page.mouse.wheel(0, 4_000);
    await page.waitForTimeout(50);
  }
  await page.evaluate("scrollTo(0, document.body.scrollHeight)");
  await page.waitForTimeout(500);
  await page.evaluate("scrollTo(0, 0)");
}

async function type(page: Page, label: string): Promise<void> {
  await page.getByLabel(label).pressSequentially(wordAt(3), { delay: 60 });
}
