import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";

const list = (...tasks: string[]): string =>
  `# Plan\n\n${tasks.map((task) => `- [ ] ${task}\n`).join("")}`;

async function findTask({ client }: TestDaemon, wanted: string) {
  const found = (await client.entities("task")).items.find(({ title }) => title === wanted);
  if (found === undefined) throw new Error(`There is no task ${wanted}.`);
  return found;
}

test("a task whose line leaves its file is no longer in it, until the line is back", async () => {
  using folder = testFolder({ "in/plan.md": list("Pay rent", "Call Ann") });
  await using daemon = await startTestDaemon(
    folder,
    `agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]`,
  );
  const { client } = daemon;
  await daemon.run("test");
  const { id } = await findTask(daemon, "Pay rent");

  folder.write("in/plan.md", list("Call Ann"));
  await daemon.run("test");
  const dropped = await client.entities("task", { in_file: false });
  expect(dropped.items).toMatchObject([{ id, status: "open", in_file: false }]);
  expect(await findTask(daemon, "Call Ann")).toMatchObject({ in_file: true });
  const { sources } = await client.explain(id);
  expect(sources).toMatchObject([
    { current: false, verified: true, passage: { quote: expect.stringContaining("Pay rent") } },
  ]);
  const [file] = (await client.files({})).items;
  expect(sources[0]?.hash).not.toBe(file?.hash);

  folder.write("in/plan.md", list("Pay rent", "Call Ann", "Buy paint"));
  await daemon.run("test");
  expect((await client.entities("task", { in_file: false })).items).toEqual([]);
  expect(await findTask(daemon, "Pay rent")).toMatchObject({ id, in_file: true });
});
