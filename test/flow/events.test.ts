import { renameSync } from "node:fs";
import { expect, test } from "vitest";
import type { ToldEvent } from "../../daemon/protocol/event.ts";
import { startTestDaemon } from "../helper/daemon.ts";
import { type EventReader, openEvents } from "../helper/event-reader.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";

function configFor(folder: TestFolder, more = ""): string {
  return `agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }]${more} }]\n`;
}

function addDocuments(folder: TestFolder, count: number): void {
  for (let at = 0; at < count; at += 1) {
    folder.write(`in/${at}.md`, `# Meeting ${at}\n\n- [ ] Task ${at}\n`);
  }
}

const types = (events: readonly ToldEvent[]): string[] => events.map(({ type }) => type);

function isOf<Type extends ToldEvent["type"]>(type: Type) {
  return (event: ToldEvent): event is Extract<ToldEvent, { type: Type }> => event.type === type;
}

async function readRun(reader: EventReader, run_id: string): Promise<ToldEvent[]> {
  await reader.find("the run ends", (event) => {
    return event.type === "run.completed" && event.run_id === run_id;
  });
  await reader.find("the state is told", (event) => {
    return event.type === "status.changed" && event.state === "idle";
  });
  return reader.events();
}

test("a run is told from its start to its end, with every file and entity", async () => {
  using folder = testFolder({
    "in/a.md": "# A\n\n- [ ] Send the budget\n",
    "in/b.md": "",
    "in/c.png": "no text",
  });
  await using daemon = await startTestDaemon(folder, configFor(folder));
  await waitFor("it is idle", async () => (await daemon.client.status()).state === "idle");
  await using reader = await openEvents(daemon.daemon);
  const { run_id } = await daemon.client.trigger("test");
  const events = await readRun(reader, run_id);
  expect(events.find(isOf("run.started"))).toMatchObject({ run_id, trigger: "manual" });
  const skipped = events.filter(isOf("file.skipped"));
  expect(new Map(skipped.map(({ path, reason }) => [path, reason]))).toEqual(
    new Map([
      [folder.file("in/b.md"), "empty"],
      [folder.file("in/c.png"), "unsupported"],
    ]),
  );
  expect(new Set(skipped.map((event) => event.run_id))).toEqual(new Set([run_id]));
  expect(events.find(isOf("file.done"))).toMatchObject({ run_id, path: folder.file("in/a.md") });
  const [changed] = events.filter(isOf("entity.changed"));
  expect(changed).toMatchObject({ op: "create" });
  expect(events.find(isOf("run.progress"))?.files).toMatchObject({ found: 3, skipped: 2 });
  expect(events.find(isOf("run.completed"))).toMatchObject({ status: "success" });
  const states = events.filter(isOf("status.changed")).map(({ state }) => state);
  expect(states).toEqual(["working", "idle"]);
  const order = types(events);
  expect(order[0]).toBe("run.started");
  expect(order.indexOf("file.done")).toBeLessThan(order.indexOf("run.completed"));

  // The second time nothing becomes of any file.
  const again = await daemon.run("test");
  await reader.find("the second run ends", (event) => {
    return event.type === "run.completed" && event.run_id === again.run_id;
  });
  const later = reader.events().slice(events.length);
  expect(types(later).filter((type) => type.startsWith("file."))).toEqual([]);
});

test("a copy, a file that moved and the user's own edits are told", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Send the budget\n" });
  await using daemon = await startTestDaemon(folder, configFor(folder));
  await daemon.run("test");
  await using reader = await openEvents(daemon.daemon);
  const copy = folder.write("in/copy.md", "# A\n\n- [ ] Send the budget\n");
  const { run_id } = await daemon.run("test");
  const done = await reader.find("the copy is done", isOf("file.done"));
  expect(done).toMatchObject({ path: copy, run_id });
  const moved = folder.file("in/moved.md");
  renameSync(copy, moved);
  await daemon.run("test");
  const [file] = (await daemon.client.files({ path: moved })).items;
  const follows = (event: ToldEvent) =>
    event.type === "file.done" && event.path === moved && event.file_id === file?.file_id;
  await reader.find("the file is told under the id that it keeps", follows);
  expect("file_id" in done && done.file_id).toBe(file?.file_id);

  const task = await daemon.client.createEntity("task", { title: "Mine" });
  await daemon.client.editEntity("task", task.id, { title: "Mine alone" });
  await daemon.client.deleteEntity("task", task.id);
  const ofTask = await waitFor("three changes are told", () => {
    const found = reader.events().filter(isOf("entity.changed"));
    const own = found.filter(({ id }) => id === task.id);
    return own.length === 3 && own;
  });
  expect(ofTask.map(({ op }) => op)).toEqual(["create", "update", "delete"]);
});

test("a pause, its end and edits of the config are told with the state they lead to", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using daemon = await startTestDaemon(folder, configFor(folder));
  await daemon.run("test");
  await waitFor("it is idle", async () => (await daemon.client.status()).state === "idle");
  await using reader = await openEvents(daemon.daemon);
  const told = (fits: (event: ToldEvent) => boolean) => reader.find("it is told", fits);
  const state = (wanted: string) => {
    const from = reader.events().length;
    return waitFor(`the state ${wanted} is told`, () =>
      reader
        .events()
        .slice(Math.max(0, from - 1))
        .find((event) => event.type === "status.changed" && event.state === wanted),
    );
  };
  await daemon.client.pause();
  await state("paused");
  await daemon.client.resume();
  await state("idle");
  daemon.configure("agents: [{ id: test, directoriez: [] }]\n");
  await told(isOf("config.invalid"));
  await state("attention");
  daemon.configure(configFor(folder));
  await told(isOf("config.changed"));
  await state("idle");
  expect((await daemon.client.status()).state).toBe("idle");
});

test("a directory that goes missing and comes back is told as a change of the state", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  const config = configFor(folder).replace("watch: false", "watch: true");
  await using daemon = await startTestDaemon(folder, config);
  await daemon.endedRun(1);
  await using reader = await openEvents(daemon.daemon);
  const told = (wanted: string) =>
    reader.find(`the state ${wanted} is told`, (event) => {
      return event.type === "status.changed" && event.state === wanted;
    });
  renameSync(folder.file("in"), folder.file("away"));
  await told("attention");
  renameSync(folder.file("away"), folder.file("in"));
  await told("idle");
  expect((await daemon.client.status()).state).toBe("idle");
});

test("a client that reconnects a hundred times, and over a restart, sees every event once and in order", async () => {
  using folder = testFolder();
  addDocuments(folder, 120);
  const seen: number[] = [];
  let last = 0;

  /** Reads a few events and hangs up, in the middle of whatever comes. */
  async function readSome(place: { url: string; token: string }, count: number): Promise<void> {
    await using reader = await openEvents(place, last);
    for (const { event_id, type } of (await reader.until(count)).slice(0, count)) {
      expect(type).not.toBe("stream.reset");
      seen.push(event_id);
      last = event_id;
    }
  }

  let runId = "";
  {
    await using daemon = await startTestDaemon(folder, configFor(folder));
    runId = (await daemon.client.trigger("test")).run_id;
    for (let time = 0; time < 50; time += 1) await readSome(daemon.daemon, 1 + (time % 3));
  }
  await using daemon = await startTestDaemon(folder, undefined);
  for (let time = 0; time < 50; time += 1) await readSome(daemon.daemon, 1 + (time % 4));
  expect(await daemon.ended(runId)).toMatchObject({ status: "success", files: { processed: 120 } });
  await using rest = await openEvents(daemon.daemon, last);
  await rest.find("the run ends", isOf("run.completed"));
  await using whole = await openEvents(daemon.daemon, 0);
  const all = await whole.until(seen.length + rest.events().length);
  const both = [...seen, ...rest.events().map(({ event_id }) => event_id)];
  expect(both).toEqual(all.slice(0, both.length).map(({ event_id }) => event_id));
  expect(both).toEqual(both.map((_, at) => at + 1));
  expect(all.filter(isOf("file.done"))).toHaveLength(120);
  expect(all.filter(isOf("run.completed"))).toHaveLength(1);
});
