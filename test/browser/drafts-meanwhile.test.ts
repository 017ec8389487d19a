import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../daemon/client/client.ts";
import { MOST_DRAFT_CHARS } from "../../daemon/protocol/draft.ts";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { testHome, waitFor } from "../helper/program.ts";
import { findViolations } from "../helper/violations.ts";

const KEPT = "Kept until you save.";

const textsOf = async (client: Client): Promise<string[]> =>
  (await client.drafts()).items.flatMap(({ texts }) => Object.values(texts)).toSorted();

/** Another tab of the same person, which the first one signs in. */
async function openTab(page: Page, address: string): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(address);
  await tab.getByText("live", { exact: true }).waitFor();
  return tab;
}

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test("a note that was changed or deleted meanwhile is shown beside what was typed, and nothing is overwritten by itself", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const changed = await client.createEntity("note", { title: "Roof", body: "Slate." });
    const deleted = await client.createEntity("note", { title: "Fence", body: "Wood." });
    const { page, origin } = await browser.open(client);
    for (const { id } of [changed, deleted]) {
      await page.goto(`${origin}/notes/${id}`);
      await page.getByRole("button", { name: "Edit" }).click();
      await page.getByLabel("Text (Markdown)").fill(`Typed into ${id}.`);
      await page.getByText(KEPT).waitFor();
    }
    await client.editEntity("note", changed.id, { body: "Tiles, says Bob." });
    await client.deleteEntity("note", deleted.id);

    await page.goto(`${origin}/notes/${changed.id}`);
    await page.getByText("Changed since you typed").click();
    await page.getByText("Tiles, says Bob.").waitFor();
    const text = page.getByLabel("Text (Markdown)");
    expect(await text.inputValue()).toBe(`Typed into ${changed.id}.`);
    expect((await client.entity("note", changed.id)).body).toBe("Tiles, says Bob.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText(`Typed into ${changed.id}.`, { exact: true }).waitFor();
    await waitFor("it is saved", async () => (await textsOf(client)).length === 1);

    await page.goto(`${origin}/`);
    const unsaved = page.getByRole("region", { name: "Typed and not saved" });
    await unsaved.getByRole("link", { name: "Note" }).click();
    const left = page.getByRole("region", { name: "Also typed here" });
    expect(await left.getByRole("textbox").inputValue()).toBe(`Typed into ${deleted.id}.`);
    await left.getByRole("button", { name: "Copy: Note: body" }).waitFor();
    // It appears slowly, and is pale until then. An animation may be cancelled.
    await page.evaluate(
      "Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => 0)",
    );
    expect(await findViolations(page)).toEqual([]);
    await left.getByRole("button", { name: "Discard: Note" }).click();
    await left.waitFor({ state: "detached" });
    await waitFor("no draft is left", async () => (await textsOf(client)).length === 0);
  });

  test("a note shows its project in its form, also an archived one, and while the projects load", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { id: project_id } = await client.createEntity("project", { name: "Roof" });
    const { id } = await client.createEntity("note", { title: "Slate", body: "Grey.", project_id });
    await client.editEntity("project", project_id, { status: "archived" });
    const { page, origin } = await browser.open(client);
    const held = Promise.withResolvers<void>();
    await page.route("**/api/projects?*", async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.goto(`${origin}/notes/${id}`);
    await page.getByRole("button", { name: "Edit" }).click();
    const project = page.getByLabel("Project");
    expect(await project.inputValue()).toBe(project_id);
    held.resolve();
    await project.getByText("Roof").waitFor({ state: "attached" });
    expect(await project.inputValue()).toBe(project_id);
  });

  test("what two tabs type into one form is kept for each, also once one has gone on with the other's", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { page: one, origin } = await browser.open(client, "/tasks");
    const two = await openTab(one, `${origin}/tasks`);
    const titleIn = (tab: Page) => tab.getByLabel("Title of a new task");
    await titleIn(one).fill("Typed in one");
    await titleIn(two).fill("Typed in two");
    await waitFor("both are kept", async () => (await textsOf(client)).length === 2);
    expect(await textsOf(client)).toEqual(["Typed in one", "Typed in two"]);

    // A third tab goes on with one of them, and its own tab does, too.
    const three = await openTab(one, `${origin}/tasks`);
    await three.getByText(/Restored what you typed on/u).waitFor();
    const restored = await titleIn(three).inputValue();
    const other = three.getByRole("region", { name: "Also typed here" });
    expect([restored, await other.getByRole("textbox").inputValue()].toSorted()).toEqual([
      "Typed in one",
      "Typed in two",
    ]);
    await titleIn(three).fill(`${restored}, then in three`);
    await three.getByText(KEPT).waitFor();
    await titleIn(one).fill("Typed in one, and on");
    await titleIn(two).fill("Typed in two, and on");
    await waitFor("all three are kept", async () => (await textsOf(client)).length === 3);
    await waitFor("each in its newest state", async () => {
      const texts = await textsOf(client);
      return ["Typed in one, and on", "Typed in two, and on", `${restored}, then in three`].every(
        (text) => texts.includes(text),
      );
    });
  });

  test("what is saved or discarded is not kept any more, and what cannot be kept says why and is not closed by mistake", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { id } = await client.createEntity("note", { title: "Roof" });
    const { page, origin } = await browser.open(client, "/tasks");
    await page.getByLabel("Title of a new task").fill("Call Bob");
    await page.getByText(KEPT).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Call Bob" }).waitFor();
    await waitFor("it is saved", async () => (await textsOf(client)).length === 0);

    await page.goto(`${origin}/notes/${id}`);
    await page.getByRole("button", { name: "Edit" }).click();
    const text = page.getByLabel("Text (Markdown)");
    await text.fill("Short.");
    await page.getByText(KEPT).waitFor();
    const long = "x".repeat(MOST_DRAFT_CHARS);
    await text.fill(long);
    await page.getByRole("alert").filter({ hasText: "Not kept. What was typed has" }).waitFor();
    const asked: string[] = [];
    page.on("dialog", (dialog) => {
      asked.push(dialog.type());
      void dialog.dismiss();
    });
    await page.evaluate("location.reload()");
    await waitFor("the browser asks", () => asked.length === 1);
    expect(asked).toEqual(["beforeunload"]);
    expect(await text.inputValue()).toBe(long);
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByRole("button", { name: "Edit" }).waitFor();
    await waitFor("it is discarded", async () => (await textsOf(client)).length === 0);
  });

  test("a key that is typed into the settings is left out of what is kept, and the page says so", async () => {
    await using home = testHome({ "in/.keep": "" });
    home.configure(
      `model: { provider: openai, base_url: "https://llm.example/v1", name: m, api_key: null }\n` +
        `agents: [{ id: inbox, directories: [{ path: ${home.file("in")} }] }]\n`,
    );
    home.start();
    const client = await home.connect();
    const { page } = await browser.open(client, "/settings");
    await page.getByText("A key itself is never kept before you save").waitFor();
    await page.getByLabel(/^API key/u).fill("sk-a-key-of-mine-0123456789");
    await page.getByLabel("Model name").first().fill("another");
    await page.getByLabel("Model name").first().blur();
    await page.getByText("Kept until you save, but for the key").waitFor();
    const kept = JSON.stringify((await client.drafts()).items);
    expect(kept).toContain("another");
    expect(kept).not.toContain("sk-a-key");
    await page.reload();
    await page.getByText(/Restored what you typed on/u).waitFor();
    expect(await page.getByLabel("Model name").first().inputValue()).toBe("another");
    await page
      .getByText(/Write the key itself or \$\{NAME\}/u)
      .first()
      .waitFor();
    expect(await page.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
  });
});
