import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { testHome, waitFor, waitForRun } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  /** An agent that reads `in` with a scripted model, on Run Now. */
  const agentOn = (directory: string, url: string): string => `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null }
agents:
  - id: inbox # mine
    name: My inbox
    settle_seconds: 0
    directories: [{ path: ${directory}, watch: false }]
`;

  test("Run Now on 50 files shows how far they are until all are read, without a reload", async () => {
    await using home = testHome({ "in/0.md": "# File 0\n" });
    await using server = await startScriptedServer(answerDocument, { latencyMs: 40 });
    home.configure(agentOn(home.file("in"), server.url));
    home.start();
    const client = await home.connect();
    const { page, errors } = await browser.open(client);
    await page.getByText("live", { exact: true }).waitFor();
    for (let index = 1; index < 50; index += 1) {
      home.write(`in/${index}.md`, `# File ${index}\n\n- [ ] Task ${index}\n`);
    }
    await page.getByRole("button", { name: "Run Now: My inbox" }).click();
    const seen = new Set<number>();
    const rests = new Set<string>();
    await waitFor("all 50 are read", async () => {
      const [text = ""] = await page.locator(".progress-text").allTextContents();
      const [, settled, rest] = /^(\d+) of 50 files(?:, (.*))?$/u.exec(text) ?? [];
      if (settled !== undefined) seen.add(Number(settled));
      if (rest !== undefined) rests.add(rest.replace(/about \d+ minutes?/u, "less than a minute"));
      return (await page.locator(".agent-row").textContent())?.includes("50 read");
    });
    const between = [...seen].filter((count) => count > 0 && count < 50);
    expect(between.length).toBeGreaterThan(1);
    expect(between).toEqual(between.toSorted((a, b) => a - b));
    expect(rests).toContain("less than a minute left");
    await page.getByRole("heading", { name: "Last 14 days 50 files read" }).waitFor();
    expect(errors).toEqual([]);
  });

  test("a task that is completed in the list stays done when its file is read again", async () => {
    await using home = testHome({ "in/weekly.md": "# Weekly\n\n- [ ] Call Bob\n- [ ] Call Ann\n" });
    await using server = await startScriptedServer(answerDocument);
    home.configure(agentOn(home.file("in"), server.url));
    home.start();
    const client = await home.connect();
    await client.trigger("inbox");
    await waitForRun(client, "inbox");
    const { page, origin } = await browser.open(client, "/tasks");
    await page.getByRole("checkbox", { name: "Done: Call Bob" }).click();
    await waitFor("the daemon knows", async () => {
      const { items } = await client.entities("task", { status: "done" });
      return items.some(({ title }) => title === "Call Bob");
    });

    await page.keyboard.press("g");
    await page.keyboard.press("a");
    await page.getByRole("link", { name: "My inbox" }).click();
    await page.getByLabel("Files to read").selectOption("every file again");
    await page.getByRole("button", { name: "Run Now" }).click();
    await page.getByText(/Send 1 file again, .*tokens, price unknown/u).waitFor();
    await page.getByRole("button", { name: "Run Now" }).click();
    await page.getByText("1 read").waitFor();

    const { items } = await client.entities("task");
    expect(
      items
        .map(({ title, status, user_edited }) => [title, status, user_edited])
        .toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
    ).toEqual([
      ["Call Ann", "open", []],
      ["Call Bob", "done", ["status"]],
    ]);
    await page.goto(`${origin}/tasks?status=done`);
    await page.getByRole("link", { name: "Call Bob" }).click();
    await page.getByText("yours").waitFor();
    // The passage it comes from, marked within its context.
    expect(await page.locator("mark").textContent()).toBe("Call Bob");
  });

  test("what is being typed stays when the task changes meanwhile, and only that is saved", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { id } = await client.createEntity("task", { title: "Call Bob", description: "soon" });
    const { page, errors } = await browser.open(client, `/tasks/${id}`);
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByLabel("Description").fill("by phone");
    await client.editEntity("task", id, { title: "Call Bob back" });
    await page.getByRole("heading", { name: "Call Bob back" }).waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Save" }).waitFor({ state: "detached" });
    expect(await client.entity("task", id)).toMatchObject({
      title: "Call Bob back",
      description: "by phone",
    });
    expect(errors).toEqual([]);
  });

  test("what happens between the opening of a page and its first event is shown", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { page, origin, errors } = await browser.open(client);
    const held = Promise.withResolvers<void>();
    await page.route("**/api/events", async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.goto(`${origin}/tasks`);
    await page.getByText("No tasks").waitFor();
    await client.createEntity("task", { title: "Call Bob" });
    held.resolve();
    await page.getByText("Call Bob").waitFor();
    expect(errors).toEqual([]);
  });

  test("a due date that is typed in the list is taken when it is whole", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    const { id } = await client.createEntity("task", { title: "Call Bob" });
    const { page, errors } = await browser.open(client, "/tasks");
    const requests: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "PATCH") requests.push(request.postData() ?? "");
    });
    const due = page.getByLabel("Due date of Call Bob");
    await due.pressSequentially("11302026");
    await due.press("Enter");
    await waitFor("the daemon knows", async () => {
      return (await client.entity("task", id)).due_date === "2026-11-30";
    });
    expect(requests).toEqual([JSON.stringify({ due_date: "2026-11-30" })]);
    expect(errors).toEqual([]);
  });

  test("a run is undone from its page, which then shows what was undone", async () => {
    await using home = testHome({ "in/weekly.md": "# Weekly\n\n- [ ] Call Bob\n" });
    await using server = await startScriptedServer(answerDocument);
    home.configure(agentOn(home.file("in"), server.url));
    home.start();
    const client = await home.connect();
    await client.trigger("inbox");
    const { run_id } = await waitForRun(client, "inbox");
    const { page, origin } = await browser.open(client, `/runs/${run_id}`);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("2 changes undone.").waitFor();
    expect((await client.entities("task")).items).toEqual([]);
    const [file] = (await client.files()).items;
    await page.goto(`${origin}/files/${file?.file_id}`);
    await page.getByText("Its notes, tasks and projects were undone.").waitFor();
  });

  test("the settings are checked while they are typed, and saved with their comments", async () => {
    await using home = testHome({ "in/.keep": "" });
    await using server = await startScriptedServer([]);
    home.configure(agentOn(home.file("in"), server.url));
    home.start();
    const client = await home.connect();
    const { page } = await browser.open(client, "/settings?view=text");
    const text = page.getByLabel("config.yaml");
    const before = await text.inputValue();
    await text.fill(before.replace("settle_seconds: 0", "settle_seconds: soon"));
    await page.getByText("Line 8").waitFor();
    expect(await page.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
    await text.fill(before.replace("settle_seconds: 0", "settle_seconds: 1"));
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();

    await page.getByRole("button", { name: "Form" }).click();
    await page.getByLabel("Name", { exact: true }).last().fill("Post");
    await page.getByLabel("Name", { exact: true }).last().blur();
    await page.getByRole("radio", { name: "Built-in rules" }).check();
    await page.getByText("not saved yet").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("not saved yet").waitFor({ state: "detached" });
    const saved = readFileSync(home.file("home/config.yaml"), "utf8");
    expect(saved).toBe(
      `version: 1\nserver: { port: 0 }\n${agentOn(home.file("in"), server.url)}`
        .replace("settle_seconds: 0", "settle_seconds: 1")
        .replace("My inbox", "Post")
        .replace("provider: openai", "provider: rules"),
    );
    await waitFor("the daemon uses it", async () => (await client.agents())[0]?.name === "Post");
  });

  test("keys lead everywhere, and the address keeps the filters", async () => {
    await using home = testHome({
      "in/a.md": "# Alpha\n\n- [ ] Water the plants\n",
      "in/b.md": "# Beta\n",
    });
    await using server = await startScriptedServer(answerDocument);
    home.configure(agentOn(home.file("in"), server.url));
    home.start();
    const client = await home.connect();
    await client.trigger("inbox");
    await waitForRun(client, "inbox");
    const { page, origin } = await browser.open(client);
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("f");
    await page.getByRole("link", { name: "a.md" }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "a.md" }).waitFor();
    await page.goBack();
    await page.getByLabel("State").selectOption("failed");
    await page.getByText("No file matches these filters.").waitFor();
    expect(new URL(page.url()).search).toBe("?state=failed");
    await page.reload();
    await page.getByText("No file matches these filters.").waitFor();

    await page.keyboard.press("g");
    await page.keyboard.press("n");
    await page.getByRole("link", { name: "Alpha" }).waitFor();
    await page.keyboard.press("/");
    await page.getByRole("heading", { name: "Search" }).waitFor();
    await page.keyboard.type("plants");
    await page.getByRole("link", { name: "Water the plants open task" }).waitFor();
    expect(page.url()).toBe(`${origin}/search?q=plants`);
  });

  test("of many tasks only those near the window are in the document, and all can be reached", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    // More than one page of the API.
    const titles = Array.from(
      { length: 620 },
      (_, index) => `Task ${String(index).padStart(3, "0")}`,
    );
    for (const title of titles) await client.createEntity("task", { title });
    const { page } = await browser.open(client, "/tasks");
    await page.getByRole("heading", { name: "Tasks 620" }).waitFor();
    expect(await page.locator(".task-row").count()).toBeLessThan(80);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await page.getByRole("link", { name: "Task 619" }).waitFor();
    expect(await page.locator(".task-row").count()).toBeLessThan(80);
    await page.getByLabel("Search titles").fill("Task 31");
    await page.getByRole("link", { name: "Task 310" }).waitFor();
    await page.waitForURL(/q=Task\+31/u);
    expect(await page.locator(".task-row").count()).toBe(16);
  });

  test("what comes while a list is open is shown, however much comes at once", async () => {
    await using home = testHome();
    home.configure("");
    home.start();
    const client = await home.connect();
    await client.createEntity("task", { title: "There already" });
    const { page } = await browser.open(client, "/tasks");
    await page.getByRole("heading", { name: "Tasks 1" }).waitFor();
    await page.getByText("live", { exact: true }).waitFor();
    await Promise.all(
      ["One", "Two", "Three"].map((title) => client.createEntity("task", { title })),
    );
    await page.getByRole("heading", { name: "Tasks 4" }).waitFor();
    expect(await page.locator(".task-row").count()).toBe(4);
  });
});
