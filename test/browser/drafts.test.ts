import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { listPageAddresses } from "../helper/page-addresses.ts";
import { testHome, waitFor, waitForRun } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";
import { findViolations } from "../helper/violations.ts";

/** Fields that keep nothing, and why. Every other field of the page has to keep what is typed. */
const EXCEPTIONS: readonly (readonly [selector: string, why: string])[] = [
  [".filters *", "a filter: the address has it"],
  [
    "[aria-label='Files to read']",
    "it says what Run Now does, and a forced run is not to be restored",
  ],
  ["[aria-label='Pause for how long']", "it says what Pause does"],
  [".task-row input", "a row is saved at once, when a day is picked"],
];

const FIELDS =
  "main :is(input:not([type=checkbox], [type=radio]), textarea:not([readonly]), select)";

interface Field {
  /** null: it keeps nothing. */
  form: string | null;
  /** Its label, and its number among fields of this label. */
  name: string;
  locator: Locator;
}

/** Goes to an address without a reload, and opens the forms that are behind a button. */
async function visit(page: Page, address: string): Promise<void> {
  await page.evaluate(`history.pushState(null, "", ${JSON.stringify(address)});
    dispatchEvent(new PopStateEvent("popstate"));`);
  await settle(page, address);
  const edit = page.locator("main").getByRole("button", { name: "Edit", exact: true });
  if ((await edit.count()) > 0 && (await page.locator("main form").count()) === 0) {
    await edit.click();
  }
}

async function settle(page: Page, address: string): Promise<void> {
  await waitFor(`${address} has loaded`, async () => {
    const isThere = (await page.locator("main :is(h1, form)").count()) > 0;
    return isThere && (await page.locator("main .waiting").count()) === 0;
  });
}

/** Every field of the page that is shown, but for the exceptions. */
async function listFields(page: Page): Promise<Field[]> {
  const all = page.locator(FIELDS);
  const facts = await all.evaluateAll(
    (elements, exceptions) => {
      return elements.map((element) => ({
        isException: exceptions.some((selector) => element.matches(selector)),
        form: element.getAttribute("data-draft"),
        label:
          element.getAttribute("aria-label") ??
          element.closest("label")?.querySelector("span")?.firstChild?.textContent ??
          "",
      }));
    },
    EXCEPTIONS.map(([selector]) => selector),
  );
  const seen = new Map<string, number>();
  return facts.flatMap(({ isException, form, label }, index) => {
    if (isException) return [];
    const number = (seen.get(label) ?? 0) + 1;
    seen.set(label, number);
    return [{ form, name: `${label} ${number}`, locator: all.nth(index) }];
  });
}

/** Types something else than what the field says. */
async function typeInto({ name, locator }: Field, place: string): Promise<string> {
  const kind = await locator.evaluate(
    (element) => `${element.tagName} ${element.getAttribute("type")}`,
  );
  const now = await locator.inputValue();
  if (kind.startsWith("SELECT")) {
    const options = await locator
      .locator("option")
      .evaluateAll((all) => all.map((option) => (option as unknown as { value: string }).value));
    await locator.selectOption(options.find((option) => option !== now) ?? now);
  } else if (kind.endsWith("date")) await locator.fill("2027-03-04");
  else if (kind.endsWith("number")) await locator.fill("7");
  else if (name.startsWith("config.yaml")) await locator.fill(`${now.trimEnd()}\n# typed here\n`);
  else if (name.startsWith("API key")) await locator.fill("${A_NAME}");
  else await locator.fill(`typed at ${place}`);
  return locator.inputValue();
}

/** Waits until the page says of each form that it is kept. */
async function waitUntilKept(page: Page, address: string): Promise<void> {
  const notes = page.locator("main [data-keeping]");
  await waitFor(`all that was typed at ${address} is kept`, async () => {
    const states = await notes.evaluateAll((all) =>
      all.map((note) => note.getAttribute("data-keeping")),
    );
    return states.length > 0 && states.every((state) => state === "kept");
  });
}

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test(
    "what is typed into any field of any form is there after another page, back, a reload and a kill of the daemon",
    { timeout: 300_000 },
    async () => {
      await using home = testHome({ "in/weekly.md": "# Weekly\n\n- [ ] Call Bob\n" });
      await using server = await startScriptedServer(answerDocument);
      home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: inbox, directories: [{ path: ${home.file("in")} }], settle_seconds: 0 }]`);
      const daemon = home.start();
      const client = await home.connect();
      await waitForRun(client, "inbox");
      await client.createEntity("project", { name: "Garden" });
      await client.createEntity("project", { name: "Roof" });
      const { page, errors } = await browser.open(client);

      const typed = new Map<string, Map<string, string>>();
      const forms = new Set<string>();
      const lost: string[] = [];
      const compare = async (tab: Page, address: string, how: string): Promise<void> => {
        const values = new Map<string, string>();
        for (const { name, locator } of await listFields(tab)) {
          values.set(name, await locator.inputValue());
        }
        for (const [name, text] of typed.get(address) ?? []) {
          if (values.get(name) !== text) {
            lost.push(`${address} ${name} after ${how}: ${String(values.get(name))} not ${text}`);
          }
        }
      };
      const walked = new Set<string>();
      for (const address of await listPageAddresses(client)) {
        // Another view of a page has the same forms, but for the text of the settings.
        const path = address.replace("?view=text", "/text").replace(/\?.*/u, "");
        if (walked.has(path)) continue;
        walked.add(path);
        await visit(page, address);
        const fields = await listFields(page);
        if (fields.length === 0) continue;
        const bare = fields.filter(({ form }) => form === null).map(({ name }) => name);
        expect(bare, `${address}: let them go through useDraft`).toEqual([]);
        const texts = new Map<string, string>();
        for (const field of fields) {
          forms.add(`${address.replace(/_\w+/u, "_ID")} ${field.form}`);
          texts.set(field.name, await typeInto(field, address));
        }
        await page.locator(":focus").blur();
        typed.set(address, texts);
        await waitUntilKept(page, address);

        await page.getByRole("link", { name: "Usage", exact: true }).click();
        await page.getByRole("heading", { name: "Usage" }).waitFor();
        await page.goBack();
        await settle(page, address);
        await compare(page, address, "back");
        await page.getByRole("link", { name: "Usage", exact: true }).click();
        await page.getByRole("heading", { name: "Usage" }).waitFor();
        await visit(page, address);
        await compare(page, address, "another page");
        await page.reload();
        await settle(page, address);
        await compare(page, address, "a reload");
        expect(await findViolations(page), address).toEqual([]);
      }
      expect(errors).toEqual([]);
      const menu = await page
        .locator("nav.menu ul a")
        .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
      expect(menu.filter((address) => !walked.has(address))).toEqual([]);

      await daemon.end("SIGKILL");
      home.start();
      const { code, page_url } = await (await home.connect()).createSessionCode();
      const tab = await page.context().newPage();
      await tab.goto(`${page_url}/#code=${code}`);
      for (const address of typed.keys()) {
        await visit(tab, address);
        await compare(tab, address, "a kill");
        const notes = await tab.getByText(/Restored what you typed on/u).count();
        if (notes === 0) lost.push(`${address} does not say that it was restored`);
      }
      expect(lost).toEqual([]);
      expect([...forms].toSorted()).toEqual([
        "/agents/inbox Try instructions",
        "/notes New note",
        "/notes/note_ID Note",
        "/projects New project",
        "/projects/project_ID Project",
        "/settings Another directory of agent inbox",
        "/settings New agent",
        "/settings config.yaml",
        "/settings?view=text config.yaml",
        "/tasks New task",
        "/tasks/task_ID Task",
      ]);
    },
  );
});
