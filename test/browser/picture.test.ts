import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findChromium, startBrowser } from "../helper/browser.ts";
import { testHome, waitForRun } from "../helper/program.ts";

const DAY_MS = 86_400_000;

/** A local date as `YYYY-MM-DD`, so many days from now. */
function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toLocaleDateString("en-CA");
}

/** What a person collects in a week. */
const FILES = {
  "in/team-meeting.md": `# Team meeting

Project: Website

- [ ] Send the budget to Ann, due ${inDays(0)}
- [ ] Choose the photographs, due ${inDays(3)}
- [ ] Write the page about prices, due ${inDays(9)}
- [x] Book the room
`,
  "in/kitchen.md": `# Kitchen

Project: Kitchen

- [ ] Order the tiles, due ${inDays(-3)}
- [ ] Ask the plumber for a second quote, due ${inDays(2)}
- [ ] Measure the window
`,
  "in/boiler.eml": `From: Yusuf <yusuf@example.com>
To: ada@example.com
Subject: Boiler
Date: ${new Date().toUTCString()}
Content-Type: text/plain

Hello Ada,

could you send the signed contract by ${inDays(1)}?

Yusuf
`,
  "in/school.csv": `task,owner,due,status
Return the library books,Ada,${inDays(-1)},open
Pay for the class trip,Ada,${inDays(5)},open
`,
};

/** Keeps what a window shows, for README.md and MANUAL.md, if PICTURES=1 asks for it. */
async function keepPicture(page: Page, name: string): Promise<void> {
  if (process.env["PICTURES"] !== "1") return;
  const directory = path.join(import.meta.dirname, "picture");
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: path.join(directory, `${name}.png`) });
}

test.skipIf(findChromium() === undefined)(
  "the pages that the documents picture show tasks of notes, mails and tables by due date, and what was read",
  async () => {
    await using home = testHome(FILES);
    home.configure(`
agents:
  - { id: notes, name: Notes, directories: [{ path: "${home.file("in")}" }] }
`);
    home.start();
    const client = await home.connect();
    const run = await waitForRun(client, "notes");
    expect(run.files).toMatchObject({ processed: 4, failed: 0 });

    await using browser = await startBrowser();
    const { page } = await browser.open(client, "/tasks", {
      width: 1_100,
      height: 730,
      colorScheme: "dark",
    });
    await page.getByText("idle", { exact: true }).first().waitFor();
    for (const group of ["Overdue", "Today", "Next seven days", "Later", "No date"]) {
      await page.getByText(group, { exact: true }).waitFor();
    }
    for (const file of ["team-meeting.md", "kitchen.md", "boiler.eml", "school.csv"]) {
      await page.getByText(file).first().waitFor();
    }
    await keepPicture(page, "tasks");

    const overview = await browser.open(client, "/", { width: 1_100, height: 560 });
    await overview.page.getByText("4 files read").waitFor();
    await keepPicture(overview.page, "overview");
  },
);
