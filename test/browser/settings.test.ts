import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, startBrowser, type TestBrowser } from "../helper/browser.ts";
import { type TestHome, testHome, waitFor, waitForRun } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

describe.skipIf(findChromium() === undefined)("in Chromium, which has to be installed", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  const CONFIG = "home/config.yaml";
  const read = (home: TestHome): string => readFileSync(home.file(CONFIG), "utf8");

  test("with the page alone a newcomer gets tasks from a directory of their own", async () => {
    await using home = testHome({ "mine/weekly.md": "# Weekly\n\n- [ ] Call Bob by Friday\n" });
    expect((await home.run("init", "--yes")).code).toBe(0);
    // Any free port: the usual one may be in use.
    home.write(CONFIG, `server: { port: 0 }\n${read(home)}`);
    home.start();
    const { page, errors } = await browser.open(await home.connect());
    await page.getByRole("heading", { name: "Put a file into a watched directory" }).waitFor();
    await page.getByText(home.file("home/inbox"), { exact: true }).waitFor();
    await page.getByRole("link", { name: "add it in the settings" }).click();
    await page.getByLabel("Another directory of agent 1").fill(home.file("mine"));
    await page.getByRole("button", { name: "Add directory" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await page.getByRole("heading", { name: "Last 14 days 1 file read" }).waitFor();
    await page.getByRole("link", { name: "Tasks", exact: true }).click();
    await page.getByText("Call Bob", { exact: true }).waitFor();
    expect(errors).toEqual([]);
  });

  test("an agent and directories are added and removed by the form, and comments stay", async () => {
    await using home = testHome({ "in/.keep": "", "more/b.md": "# B\n", "post/c.md": "# C\n" });
    home.configure(`agents:
  - id: inbox # mine
    settle_seconds: 0
    directories:
      - path: ${home.file("in")} # the first
    # what it is for: all
  # the end
`);
    const before = read(home);
    home.start();
    const client = await home.connect();
    const { page, errors } = await browser.open(client, "/agents");
    await page.getByRole("link", { name: "Add or edit agents" }).click();
    await page.getByLabel("Another directory of agent 1").fill(home.file("more"));
    await page.getByRole("button", { name: "Add directory" }).click();
    await page.getByLabel("Name of a new agent").fill("Post, all of it");
    await page.getByLabel("Directory of the new agent").fill(home.file("post"));
    await page.getByRole("button", { name: "Add agent" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("not saved yet").waitFor({ state: "detached" });
    const both = before
      .replace("# the first\n", `# the first\n      - path: ${home.file("more")}\n`)
      .replace(
        "    # what it is for: all\n",
        `    # what it is for: all\n  - id: post-all-of-it\n    name: Post, all of it\n    directories:\n      - path: ${home.file("post")}\n`,
      );
    expect(read(home)).toBe(both);
    await waitFor("both are read", async () => {
      const { items } = await client.files({ state: "done" });
      return items.length === 2;
    });

    await page.getByRole("button", { name: "Remove agent post-all-of-it" }).click();
    await page.getByRole("button", { name: "Remove agent", exact: true }).click();
    await page.getByRole("button", { name: `Remove directory ${home.file("more")}` }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("not saved yet").waitFor({ state: "detached" });
    expect(read(home)).toBe(before);
    expect(errors).toEqual([]);
  });

  test("an agent gets a model of its own, then the default again", async () => {
    await using home = testHome({ "in/.keep": "" });
    await using server = await startScriptedServer([]);
    home.configure(
      `model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }\n` +
        `agents:\n  - id: inbox\n    directories: [{ path: ${home.file("in")} }]\n    # the end\n`,
    );
    const before = read(home);
    home.start();
    const client = await home.connect();
    const { page, errors } = await browser.open(client, "/settings");
    const save = async (): Promise<void> => {
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("not saved yet").waitFor({ state: "detached" });
    };
    const choice = page.getByRole("combobox", { name: "Model" });
    await choice.selectOption("built-in rules");
    await save();
    expect(read(home)).toBe(
      before.replace("    # the end\n", "    model:\n      provider: rules\n    # the end\n"),
    );
    await waitFor("the agent asks the rules", async () => {
      const [agent] = await client.agents();
      return agent?.model.provider === "rules";
    });

    await choice.selectOption({ label: `scripted · from the config · ${server.url}` });
    await page.getByLabel("Model name").last().waitFor();
    await save();
    expect(read(home)).toContain(`      provider: openai\n      base_url: ${server.url}\n`);
    await choice.selectOption("default model");
    await save();
    expect(read(home)).toBe(before);
    expect(errors).toEqual([]);
  });

  test("what becomes of conflict copies, and of what a file no longer contains, is chosen by the form", async () => {
    await using home = testHome({ "in/.keep": "" });
    home.configure(
      `agents:\n  - id: inbox\n    directories: [{ path: ${home.file("in")} }]\n    # the end\n`,
    );
    const before = read(home);
    home.start();
    const { page, errors } = await browser.open(await home.connect(), "/settings");
    const copies = page.getByLabel("Conflict copies of a sync program");
    const dropped = page.getByLabel("When a file no longer contains something");
    const save = async (): Promise<void> => {
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("not saved yet").waitFor({ state: "detached" });
    };
    await copies.selectOption("read them like any file");
    await dropped.selectOption("cancel or archive it");
    await save();
    const keys = "    conflict_copies: read\n    on_drop: retire\n";
    expect(read(home)).toBe(before.replace("    # the end\n", `${keys}    # the end\n`));
    await copies.selectOption("skip them, and say so");
    await dropped.selectOption("list it so");
    await save();
    expect(read(home)).toBe(before);
    expect(errors).toEqual([]);
  });

  test("to whom a directory may be sent is chosen by the form, and a list of hosts stays", async () => {
    await using home = testHome({ "in/.keep": "" });
    const directory = (more: string): string =>
      `agents:\n  - id: inbox\n    directories:\n      - path: ${home.file("in")}\n${more}`;
    home.configure(directory("        sends: [llm.example]\n"));
    const before = read(home);
    home.start();
    const { page, errors } = await browser.open(await home.connect(), "/settings");
    const sends = page.getByLabel("May be sent to");
    expect(await sends.locator("option:checked").textContent()).toBe("only llm.example");
    const choose = async (text: string): Promise<string> => {
      await sends.selectOption(text);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("not saved yet").waitFor({ state: "detached" });
      return read(home);
    };
    const none = before.replace("        sends: [llm.example]\n", "");
    expect(await choose("no model")).toBe(`${none}        sends: never\n`);
    expect(await choose("as for all directories")).toBe(none);
    expect(errors).toEqual([]);
  });

  test("what is being typed into a field stays when the settings are drawn anew", async () => {
    await using home = testHome({ "in/.keep": "" });
    const yaml = (schedule: string): string =>
      `agents:\n  - id: inbox\n    name: Mine\n    schedule: "${schedule}"\n    directories: [{ path: ${home.file("in")} }]\n`;
    home.configure(yaml("0 9 * * *"));
    home.start();
    const { page, errors } = await browser.open(await home.connect(), "/settings");
    const name = page.getByLabel("Name", { exact: true });
    await name.fill("Post");
    home.configure(yaml("0 7 * * *"));
    const schedule = page.getByLabel("Schedule (cron)");
    await waitFor("the other edit is shown", async () => {
      return (await schedule.inputValue()) === "0 7 * * *";
    });
    expect(await name.inputValue()).toBe("Post");
    await name.blur();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("not saved yet").waitFor({ state: "detached" });
    expect(read(home)).toContain(yaml("0 7 * * *").replace("Mine", "Post"));
    expect(errors).toEqual([]);
  });

  test("a backlog for a remote model waits, with what it would cost, until it is sent from the page", async () => {
    const files = Array.from({ length: 12 }, (_, index) => [`in/${index}.md`, `# File ${index}\n`]);
    await using home = testHome(Object.fromEntries(files) as Record<string, string>);
    await using server = await startScriptedServer(answerDocument);
    // A server on this machine that passes on to the cloud counts as remote.
    home.configure(`
model: { provider: openai, base_url: "${server.url}", name: "big:cloud", api_key: null, price: { input_usd_per_million: 10, output_usd_per_million: 30 } }
agents:
  - { id: inbox, directories: [{ path: ${home.file("in")}, watch: false }], confirm_above_files: 10 }
`);
    home.start();
    const client = await home.connect();
    const { page } = await browser.open(client);
    await client.trigger("inbox");
    await page.getByText(/12 files would go to .*about \$/u).waitFor();
    expect(server.requests).toEqual([]);
    await page.getByRole("button", { name: "Send 12 files" }).click();
    const run = await waitForRun(client, "inbox");
    expect(run).toMatchObject({ status: "success", files: { processed: 12 } });
    await page.getByRole("button", { name: "Send 12 files" }).waitFor({ state: "detached" });
  });

  test("many files that would give much by the rules wait until they are read from the page", async () => {
    const tasks = Array.from({ length: 60 }, (_, index) => `- [ ] Order number ${index}\n`).join(
      "",
    );
    const files = Array.from({ length: 12 }, (_, index) => [
      `in/${index}.md`,
      `# ${index}\n\n${tasks}`,
    ]);
    await using home = testHome(Object.fromEntries(files) as Record<string, string>);
    home.configure(
      `agents: [{ id: inbox, directories: [{ path: ${home.file("in")}, watch: false }], confirm_above_files: 10 }]\n`,
    );
    home.start();
    const client = await home.connect();
    const { page } = await browser.open(client);
    await client.trigger("inbox");
    await page
      .getByText(/The built-in rules would make about \d+ notes, tasks and projects of 12 files\./u)
      .waitFor();
    expect((await client.entities("task")).items).toEqual([]);
    await page.getByRole("button", { name: "Read 12 files" }).click();
    const run = await waitForRun(client, "inbox");
    expect(run).toMatchObject({ status: "success", files: { processed: 12 } });
    await page.getByRole("button", { name: "Read 12 files" }).waitFor({ state: "detached" });
  });

  test("an edit that somebody else made meanwhile is not overwritten, and the draft is not lost", async () => {
    await using home = testHome({ "in/.keep": "" });
    home.configure(`agents: [{ id: inbox, directories: [{ path: ${home.file("in")} }] }]\n`);
    home.start();
    const client = await home.connect();
    const { page } = await browser.open(client, "/settings?view=text");
    const text = page.getByLabel("config.yaml");
    const draft = `${await text.inputValue()}# mine\n`;
    await text.fill(draft);
    const theirs = `${read(home)}# theirs\n`;
    writeFileSync(home.file(CONFIG), theirs);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("config.yaml was changed elsewhere meanwhile.").waitFor();
    expect([read(home), await text.inputValue()]).toEqual([theirs, draft]);
    await page.getByRole("button", { name: "Discard" }).click();
    await waitFor("theirs is shown", async () => (await text.inputValue()) === theirs);
  });

  test("what is wrong with a file that was edited by hand is shown at its line until it is mended", async () => {
    await using home = testHome({ "in/.keep": "" });
    home.configure(`agents: [{ id: inbox, directories: [{ path: ${home.file("in")} }] }]\n`);
    const right = read(home);
    home.start();
    const client = await home.connect();
    const { page } = await browser.open(client);
    await page.getByText("live", { exact: true }).waitFor();
    writeFileSync(home.file(CONFIG), `${right}budgt: { usd_per_day: 1 }\n`);
    await page.getByText(/config\.yaml line 4: .*budgt/u).waitFor();
    writeFileSync(home.file(CONFIG), `${right}budget: [\n`);
    await page.getByText(/config\.yaml line 5: YAML syntax/u).waitFor();
    await page.getByRole("link", { name: "Settings", exact: true }).click();
    await page.getByText("Line 5", { exact: true }).waitFor();
    writeFileSync(home.file(CONFIG), right);
    await page.getByLabel("Name of a new agent").waitFor();
    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await page.getByText("No files are waiting.").waitFor();
    expect(await page.locator(".problems").count()).toBe(0);
  });

  test("a dry run shows what it would do, and the run after it does that at no further request", async () => {
    await using home = testHome({ "in/weekly.md": "# Weekly\n\n- [ ] Call Bob\n" });
    await using server = await startScriptedServer(answerDocument);
    home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: inbox, directories: [{ path: ${home.file("in")}, watch: false }], settle_seconds: 0 }]
`);
    home.start();
    const client = await home.connect();
    const { page, origin } = await browser.open(client, "/agents/inbox");
    await page.getByLabel("Files to read").selectOption("new and changed, dry run");
    await page.getByRole("button", { name: "Run Now" }).click();
    await page.getByText("dry run: nothing was saved").waitFor();
    await page.getByText("Call Bob").first().waitFor();
    expect((await client.entities("task")).items).toEqual([]);
    const asked = server.requests.length;
    await page.goto(`${origin}/agents/inbox`);
    await page.getByRole("button", { name: "Run Now" }).click();
    await waitFor("the run has ended", async () =>
      (await client.runs()).items.some((run) => !run.dry_run && run.status === "success"),
    );
    expect((await client.entities("task")).items.map(({ title }) => title)).toEqual(["Call Bob"]);
    expect(server.requests).toHaveLength(asked);
  });

  test("other instructions are tried on one file, which writes nothing", async () => {
    await using home = testHome({
      "in/weekly.md": "# Weekly\n\n- [ ] Call Bob\n",
      "in/b.md": "# B\n",
    });
    await using server = await startScriptedServer(answerDocument);
    home.configure(`
agents:
  - id: inbox
    model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: key-of-inbox }
    directories: [{ path: ${home.file("in")}, watch: false }]
    settle_seconds: 0
    instructions: Mine.
`);
    home.start();
    const client = await home.connect();
    const { page } = await browser.open(client, "/agents/inbox");
    const text = page.getByRole("textbox", { name: "Instructions" });
    expect(await text.inputValue()).toBe("Mine.");
    await text.fill("Only what Bob has to do.");
    await page.getByLabel("File", { exact: true }).fill(home.file("in/weekly.md"));
    await page.getByRole("button", { name: "Try" }).click();
    await page.getByText("dry run: nothing was saved").waitFor();
    await page.getByText("Call Bob").first().waitFor();
    const said = JSON.stringify(server.requests.map(({ body }) => body));
    expect(said).toContain("Only what Bob has to do.");
    expect(said).not.toContain("b.md");
    expect(server.requests[0]?.headers.authorization).toBe("Bearer key-of-inbox");
    expect((await client.entities("task")).items).toEqual([]);
  });
});
